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
    connect_of(cloud, testkit::ACCOUNT).await
}

/// A connection from inside a function of `account`.
async fn connect_of(cloud: &Cloud, account: &str) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    cloud.platform().pipeline().unwrap().serve(server, account);
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

/// Silence, a head that never ends, and connections that wait for a second request.
#[tokio::test]
async fn idle_connections_make_room_and_those_that_work_stay() {
    const REQUEST: &[u8] = b"GET /_heist/health HTTP/1.1\r\nhost: x\r\n\r\n";
    let cloud = Cloud::start(&[]).await;
    for said in [&b""[..], b"GET / HTTP/1.1\r\nx: y", REQUEST] {
        let mut held = Vec::new();
        for _ in 0..300 {
            let mut client = connect(&cloud).await;
            client.write_all(said).await.unwrap();
            held.push(client);
        }
        for _ in 0..10 {
            let answer = ask(&cloud, REQUEST).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        let mut answer = Vec::new();
        let first = timeout(PATIENCE, held[0].read_to_end(&mut answer)).await;
        assert!(first.is_ok(), "the oldest made room");
    }
}

#[tokio::test]
async fn one_accounts_functions_take_neither_all_connections_nor_all_room() {
    let cloud = Cloud::start(&[]).await;
    let mut held = Vec::new();
    let closed = async |client: &mut TcpStream| {
        timeout(Duration::from_millis(50), client.read(&mut [0])).await.is_ok()
    };
    loop {
        held.push(connect_of(&cloud, "111122223333").await);
        if held.len() >= 200 && closed(&mut held[0]).await {
            break;
        }
        assert!(held.len() < 1_000, "one account has them all");
    }
    held.remove(0);
    // Bodies that stop just before their end, as many as find room.
    let head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16000000\r\n\r\n";
    let body = vec![b'x'; 15_000_000];
    let greedy = held.iter_mut().take(12).map(async |client: &mut TcpStream| {
        client.write_all(head).await.unwrap();
        timeout(PATIENCE, client.write_all(&body)).await.ok();
    });
    let mut refused = 0;
    for greedy in greedy {
        greedy.await;
    }
    for client in held.iter_mut().take(12) {
        let mut answer = [0; 64];
        if let Ok(Ok(length)) = timeout(Duration::from_millis(50), client.read(&mut answer)).await {
            refused += usize::from(answer[..length].starts_with(b"HTTP/1.1 503 "));
        }
    }
    assert!(refused > 0, "one account has all the room");
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n";
    let mut other = connect_of(&cloud, "111122223334").await;
    other.write_all(head.as_bytes()).await.unwrap();
    other.write_all(&body[..9_000_000]).await.unwrap();
    let mut answer = [0; 64];
    let length =
        timeout(PATIENCE, other.read(&mut answer)).await.expect("an answer in time").unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 404 "), "another account is served");
}
