//! A server on loopback that answers everything alike and remembers what it was asked; and one that nobody may reach.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method and path.
    pub line: String,
    pub headers: Vec<String>,
}

/// Both servers. They end with the test process.
pub struct Witness {
    pub url: String,
    /// The host that nobody may reach.
    pub elsewhere: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    strangers: Arc<Mutex<usize>>,
}

impl Witness {
    pub fn start() -> Self {
        let granted = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", granted.local_addr().unwrap());
        let elsewhere = other.local_addr().unwrap().to_string();
        let (seen, strangers) =
            (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<Mutex<usize>>::default());
        let counted = Arc::clone(&strangers);
        thread::spawn(move || {
            other.incoming().for_each(|_| *counted.lock().unwrap() += 1);
        });
        let (noted, stolen) = (Arc::clone(&seen), format!("http://{elsewhere}/stolen"));
        thread::spawn(move || {
            for stream in granted.incoming().flatten() {
                let (noted, elsewhere) = (Arc::clone(&noted), stolen.clone());
                thread::spawn(move || serve(stream, &noted, &elsewhere));
            }
        });
        Self { url, elsewhere, seen, strangers }
    }

    /// The requests below a path, in order of their names: two pipelines may come in any order.
    pub fn seen(&self, below: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let mut lines: Vec<String> = seen.iter().map(|seen| seen.line.clone()).collect();
        lines.retain(|line| line.split(' ').nth(1).is_some_and(|path| path.starts_with(below)));
        lines.sort();
        lines
    }

    /// All headers that came, as they were written.
    pub fn headers(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().flat_map(|seen| seen.headers.clone()).collect()
    }

    /// How many connections came to the server that no file grants.
    pub fn strangers(&self) -> usize {
        *self.strangers.lock().unwrap()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Seen>>, elsewhere: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let request = read(&mut reader)?;
        let path = request.line.split(' ').nth(1).unwrap_or_default().to_owned();
        let headers = request.headers.join("\n");
        seen.lock().unwrap().push(request);
        let answer = if path.ends_with("/moved") {
            answer(302, &format!("Location: {elsewhere}\r\n"), "{}")
        } else if path.ends_with("/mirror") {
            // An error page that shows the request, as some vendors have it, credential and all.
            let echoed = headers.replace(['"', '\\'], "").replace('\n', " ");
            answer(200, &format!("X-Echo: {echoed}\r\n"), &format!("{{\"request\":\"{echoed}\"}}"))
        } else if path.ends_with("/heavy") {
            text("x".repeat(4 << 20))
        } else if path.ends_with("/huge") {
            answer(200, "", &format!("{{\"x\":\"{}\"}}", "x".repeat(17 << 20)))
        } else {
            answer(200, "", "{\"id\":\"77\"}")
        };
        writer.write_all(&answer).ok()?;
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let length = |line: &String| {
        line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok()
    };
    let mut body = vec![0; lines.iter().find_map(length).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let line = lines.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    Some(Seen { line, headers: lines })
}

/// An answer that nobody parses.
fn text(body: String) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 Said\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .into_bytes()
}
