//! One request's path: detect, authenticate, parse, authorize, run, record, respond.
