//! The cheapest HTTP/1.1 client there is: it sends bytes made beforehand and counts answers, so
//! that the load generator takes little of the two cores that it shares with the server.

use crate::Failure;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection, reopened when the server closes it.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// An answer's status and body.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Connection {
    /// A connection to `address`, opened when first used.
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::with_capacity(16 << 10) }
    }

    /// Sends `request` and reads its answer.
    ///
    /// # Errors
    /// The system's, or an answer that is no HTTP.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|text| text.parse().ok()).ok_or("no status")?;
        let length = header(&head, "content-length").and_then(|text| text.parse::<usize>().ok());
        let closes = head.starts_with("http/1.0") || header(&head, "connection") == Some("close");
        match length {
            Some(length) => {
                while self.buffer.len() < head_end + length {
                    if stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err("the server hung up".into());
                    }
                }
            }
            None => while stream.read_buf(&mut self.buffer).await? > 0 {},
        }
        if !closes && length.is_some() {
            self.stream = Some(stream);
        }
        Ok(Answer { status, body: self.buffer[head_end..].to_vec() })
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
