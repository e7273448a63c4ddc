//! A server on loopback that reads a request and does what its script says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is done with one request.
#[derive(Clone)]
pub(super) enum Reply {
    /// Written as it is, and the connection stays open.
    Open(Vec<u8>),
    /// The request's path for a body, and the connection stays open.
    Echo,
    /// Written as it is, and the connection is closed.
    Close(Vec<u8>),
    /// Written as it is, and nothing more until the client goes away.
    Stall(Vec<u8>),
    /// The connection is reset before the request is read: data that nobody read is answered by a reset.
    ResetBeforeRequest,
    /// The request is read, and the connection closed.
    CloseAfterRequest,
}

/// A server with a script. It answers each request by the next reply, and repeats the last.
pub(super) struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let replies: Vec<Reply> = replies.into_iter().collect();
        let script = Script { replies: Arc::new(replies), seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = script.clone();
                thread::spawn(move || script.serve(stream));
            }
        });
        Self { url, seen }
    }

    /// The requests that came, each as it was written.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no server thread panics").clone()
    }
}

#[derive(Clone)]
struct Script {
    replies: Arc<Vec<Reply>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut writer = stream;
        loop {
            // A client that goes away ends the loop here.
            let mut first_byte = [0];
            if writer.peek(&mut first_byte).ok()? == 0 {
                return None;
            }
            if let Reply::ResetBeforeRequest = self.next_reply() {
                self.note("(reset)".to_owned());
                return None;
            }
            let request = read_request(&mut reader)?;
            let reply = self.next_reply();
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            self.note(request);
            match reply {
                Reply::Echo => writer.write_all(&written(200, &[], path.as_bytes())).ok()?,
                Reply::Open(bytes) => writer.write_all(&bytes).ok()?,
                Reply::Close(bytes) => return writer.write_all(&bytes).ok(),
                Reply::Stall(bytes) => {
                    writer.write_all(&bytes).ok()?;
                    reader.read_to_end(&mut Vec::new()).ok()?;
                    return None;
                }
                Reply::ResetBeforeRequest | Reply::CloseAfterRequest => return None,
            }
        }
    }

    fn next_reply(&self) -> Reply {
        let served = self.seen.lock().expect("no server thread panics").len();
        self.replies[served.min(self.replies.len() - 1)].clone()
    }

    fn note(&self, request: String) {
        self.seen.lock().expect("no server thread panics").push(request);
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut request = String::new();
    let mut body_bytes = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            body_bytes = length.trim().parse().ok()?;
        }
        request.push_str(&line);
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; body_bytes];
    reader.read_exact(&mut body).ok()?;
    request.push_str(&String::from_utf8_lossy(&body));
    Some(request)
}

/// A whole answer after which the connection stays open.
pub(super) fn answer(status: u16, headers: &[&str], body: &str) -> Reply {
    Reply::Open(written(status, headers, body.as_bytes()))
}

pub(super) fn json(body: &str) -> Reply {
    answer(200, &["Content-Type: application/json; charset=utf-8"], body)
}

pub(super) fn written(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}
