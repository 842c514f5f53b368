//! Not yet.
use crate::{Answering, Incoming, WireError, respond};
use bytes::Bytes;
use http::Response;
use shape::{Failure, Signature, Value};
use std::borrow::Cow;

pub(crate) fn operation_name<'a>(_: &Incoming<'a>) -> Option<Cow<'a, str>> {
    None
}
pub(crate) fn decode(_: &Signature, _: &Incoming) -> Result<Value, WireError> {
    Err(WireError::Malformed("not built".into()))
}
pub(crate) fn encode(_: &Signature, _: &Value, _: &Answering) -> Response<Bytes> {
    respond(501, [], "")
}
pub(crate) fn encode_failure(f: &Failure, _: &Answering) -> Response<Bytes> {
    respond(f.status, [], "")
}
