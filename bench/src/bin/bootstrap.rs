//! The smallest custom runtime: it answers every invocation with the same proxy response.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};

const BODY: &str = r#"{"statusCode":200,"body":"ok"}"#;
const NEXT: &[u8] = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: x\r\n\r\n";

fn main() -> io::Result<()> {
    let address = env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let mut api = TcpStream::connect(address)?;
    api.set_nodelay(true)?;
    let mut answers = BufReader::new(api.try_clone()?);
    loop {
        api.write_all(NEXT)?;
        let id = read(&mut answers)?;
        let length = BODY.len();
        let answer = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nhost: x\r\n\
             content-length: {length}\r\n\r\n{BODY}"
        );
        api.write_all(answer.as_bytes())?;
        read(&mut answers)?;
    }
}

/// Reads one answer to its end and gives the request id it names, if any.
fn read(answers: &mut impl BufRead) -> io::Result<String> {
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "lambda-runtime-aws-request-id" => id = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    io::copy(&mut answers.take(length), &mut io::sink())?;
    Ok(id)
}
