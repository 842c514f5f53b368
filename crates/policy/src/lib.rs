//! The IAM policy language: parse, decide, explain; pure.
