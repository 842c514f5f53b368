//! Clients that are slow, silent or rude, on real sockets.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::time::Duration;
use testkit::Cloud;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Longer than anything here takes, shorter than what a blocked server would.
const PATIENCE: Duration = Duration::from_secs(8);

/// A connection that the gateway of `cloud` serves.
async fn connect(cloud: &Cloud) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    cloud.platform().pipeline().unwrap().serve(server);
    client
}

async fn ask(cloud: &Cloud, request: &[u8]) -> String {
    let mut client = connect(cloud).await;
    client.write_all(request).await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = timeout(PATIENCE, client.read(&mut answer)).await.expect("an answer in time");
    String::from_utf8_lossy(&answer[..length.unwrap()]).into_owned()
}

#[tokio::test]
async fn bodies_that_are_only_announced_keep_no_room_from_others() {
    let cloud = Cloud::start(&[]).await;
    let mut silent = Vec::new();
    for framing in ["transfer-encoding: chunked", "content-length: 16000000"] {
        for _ in 0..20 {
            let mut client = connect(&cloud).await;
            let head = format!("POST / HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n");
            client.write_all(head.as_bytes()).await.unwrap();
            silent.push(client);
        }
    }
    let body = "x".repeat(9_000);
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n";
    let answer = ask(&cloud, format!("{head}{body}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[tokio::test]
async fn a_body_in_pieces_is_whole_and_has_a_limit() {
    let cloud = Cloud::start(&[]).await;
    let head = "GET /_heist/health HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = ask(&cloud, format!("{head}1\r\na\r\n2\r\nbc\r\n0\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let long = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99000000\r\n\r\n";
    let answer = ask(&cloud, long).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn two_hosts_are_refused() {
    let cloud = Cloud::start(&[]).await;
    let answer = ask(&cloud, b"GET /_heist/health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

/// The first letters of HTTP/2's preface, and a client of HTTP/2 that says nothing more. The
/// clock of the test jumps to the next timer whenever nothing else goes on.
#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed() {
    let cloud = Cloud::start(&[]).await;
    let settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for said in [&b"PRI"[..], settings, b"GET / HT"] {
        let mut client = connect(&cloud).await;
        client.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(600), client.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "{said:?}");
    }
}
