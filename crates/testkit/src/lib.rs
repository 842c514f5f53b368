//! A whole cloud in one test process.
