//! What a function writes: one pipe, cut into lines and events, bounded.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::net::unix::pipe;

use crate::spec::{Clock, LogLine, LogSink};

/// A longer line is cut, in bytes; AWS's largest log event.
const LINE_LIMIT: usize = 256 * 1024;
/// The most text kept until it is taken, in bytes; what exceeds it is counted and dropped.
const KEPT_LIMIT: usize = 8 * 1024 * 1024;
/// What one drain reads at most: a function that writes without end must not hold its reader.
const DRAIN_LIMIT: usize = 4 * 1024 * 1024;
/// Starts an event of several lines, as our runtime clients write it; its length follows, as
/// four bytes, little-endian. Whoever forges it only decides how own lines are grouped.
const EVENT_MARK: [u8; 4] = *b"\0\xA5Z\x01";

/// The reading end of a function's output.
pub(crate) struct Log {
    pipe: pipe::Receiver,
    buffer: Mutex<Buffer>,
}

struct Buffer {
    partial: Vec<u8>,
    lines: VecDeque<LogLine>,
    kept: usize,
    dropped: usize,
    clock: Clock,
    sink: Option<LogSink>,
}

impl Log {
    /// Reads from the pipe's end.
    pub(crate) fn new(pipe: OwnedFd, clock: Clock, sink: Option<LogSink>) -> io::Result<Arc<Log>> {
        let buffer = Buffer {
            partial: Vec::new(),
            lines: VecDeque::new(),
            kept: 0,
            dropped: 0,
            clock,
            sink,
        };
        Ok(Arc::new(Log { pipe: pipe::Receiver::from_owned_fd(pipe)?, buffer: Mutex::new(buffer) }))
    }

    /// Reads until every writer is gone.
    pub(crate) async fn follow(self: Arc<Log>) {
        while self.pipe.readable().await.is_ok() {
            match self.drain_by(|chunk| self.pipe.try_read(chunk)) {
                Drained::Empty => {}
                Drained::More => tokio::task::yield_now().await,
                Drained::Closed => return,
            }
        }
    }

    /// Reads what is there now. What a function has written before it answered is there by then.
    pub(crate) fn drain(&self) -> Drained {
        // Past tokio, which asks the pipe only once it was told that there is something.
        self.drain_by(|chunk| Ok(rustix::io::read(&self.pipe, chunk)?))
    }

    fn drain_by(&self, read: impl Fn(&mut [u8]) -> io::Result<usize>) -> Drained {
        let mut buffer = self.buffer.lock();
        let mut chunk = [0; 64 * 1024]; // a whole pipe
        let mut total = 0;
        while total < DRAIN_LIMIT {
            match read(&mut chunk) {
                Ok(0) => return Drained::Closed,
                Ok(length) => {
                    total += length;
                    buffer.take(&chunk[..length]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Drained::Empty,
                Err(_) => return Drained::Closed,
            }
        }
        Drained::More
    }

    /// The lines since the last call; `flush` adds an unfinished one.
    pub(crate) fn take(&self, flush: bool) -> Vec<LogLine> {
        let mut buffer = self.buffer.lock();
        if flush && !buffer.partial.is_empty() {
            let rest = std::mem::take(&mut buffer.partial);
            buffer.push(&rest);
        }
        let dropped = std::mem::take(&mut buffer.dropped);
        if dropped > 0 {
            let text = format!("[heist] {dropped} log lines were dropped: too much output");
            let timestamp_ms = (buffer.clock)();
            buffer.lines.push_back(LogLine { timestamp_ms, text });
        }
        buffer.kept = 0;
        std::mem::take(&mut buffer.lines).into()
    }
}

/// What a drain found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Nothing more for now.
    Empty,
    /// It stopped early.
    More,
    /// Nobody can write any more.
    Closed,
}

impl Buffer {
    fn take(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        let partial = std::mem::take(&mut self.partial);
        let mut rest = partial.as_slice();
        while let Some((line, after)) = next_line(rest) {
            self.push(line);
            rest = after;
        }
        self.partial = rest.to_vec();
    }

    fn push(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        let line = LogLine { timestamp_ms: (self.clock)(), text };
        if let Some(sink) = &self.sink {
            sink(&line);
        }
        if self.kept + line.text.len() > KEPT_LIMIT {
            self.dropped += 1;
            return;
        }
        self.kept += line.text.len() + size_of::<LogLine>();
        self.lines.push_back(line);
    }
}

/// The first complete line or event, and what follows it.
fn next_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(framed) = bytes.strip_prefix(&EVENT_MARK) {
        let (length, content) = framed.split_first_chunk::<4>()?;
        let length = (u32::from_le_bytes(*length) as usize).min(LINE_LIMIT);
        return content.split_at_checked(length);
    }
    if bytes.len() < EVENT_MARK.len() && EVENT_MARK.starts_with(bytes) {
        return None; // the rest of the mark may follow
    }
    let searched = &bytes[..bytes.len().min(LINE_LIMIT + 1)];
    let ends = |at: usize| match bytes[at] {
        b'\n' => true,
        0 => bytes[at..].starts_with(&EVENT_MARK),
        _ => false,
    };
    match (0..searched.len()).find(|at| ends(*at)) {
        Some(end) if bytes[end] == b'\n' => Some((&bytes[..end], &bytes[end + 1..])),
        Some(end) => Some(bytes.split_at(end)),
        None if bytes.len() > LINE_LIMIT => Some(bytes.split_at(LINE_LIMIT)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer() -> Buffer {
        let clock: Clock = Arc::new(|| 7);
        Buffer {
            partial: Vec::new(),
            lines: VecDeque::new(),
            kept: 0,
            dropped: 0,
            clock,
            sink: None,
        }
    }

    fn texts(buffer: &Buffer) -> Vec<&str> {
        buffer.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_are_cut_wherever_chunks_end() {
        let mut buffer = buffer();
        for byte in b"one\ntwo\n\nthr" {
            buffer.take(&[*byte]);
        }
        assert_eq!(texts(&buffer), ["one", "two", ""]);
        assert_eq!(buffer.partial, b"thr");
    }

    #[test]
    fn events_keep_their_lines_together() {
        let mut event = EVENT_MARK.to_vec();
        event.extend(5_u32.to_le_bytes());
        event.extend(b"a\nb\ncplain\n");
        let mut whole = buffer();
        whole.take(&[b"unfinished", event.as_slice()].concat());
        assert_eq!(texts(&whole), ["unfinished", "a\nb\nc", "plain"]);
        let mut bytewise = buffer();
        for byte in event {
            bytewise.take(&[byte]);
        }
        assert_eq!(texts(&bytewise), ["a\nb\nc", "plain"]);
    }

    #[test]
    fn long_lines_are_split_and_floods_are_dropped() {
        let mut buffer = buffer();
        buffer.take(&vec![b'x'; LINE_LIMIT * 2]);
        buffer.take(b"\n");
        assert_eq!(buffer.lines.iter().map(|l| l.text.len()).collect::<Vec<_>>(), [LINE_LIMIT; 2]);
        for _ in 0..64 {
            buffer.take(&vec![b'x'; LINE_LIMIT + 1]);
        }
        assert!(buffer.dropped > 0 && buffer.kept <= KEPT_LIMIT + 64 * size_of::<LogLine>());
    }
}
