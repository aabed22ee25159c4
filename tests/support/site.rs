use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request that a [`Site`] has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Path without query, as the browser sent it.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// Length of the answer's body in bytes.
    pub bytes: usize,
}

/// A static host on a free loopback port. Each one is an origin of its own.
///
/// It does no more than a plain static host does, apart from sending
/// `Access-Control-Allow-Origin: *`, without which sandboxed frames cannot load
/// modules. It stops when dropped.
pub struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Where the folder is mounted: starts and ends with a slash.
    base: String,
    folder: PathBuf,
    /// Pages that exist only in a test, by path.
    pages: BTreeMap<String, String>,
    log: Mutex<Vec<Request>>,
    stopped: AtomicBool,
}

impl Site {
    /// Serves `folder` under `base`, which starts and ends with a slash.
    ///
    /// # Panics
    /// When the folder has no `index.html` or no port is free.
    pub fn serve(folder: &Path, base: &str) -> Site {
        Site::serve_with_pages(folder, base, &[])
    }

    /// Like [`Site::serve`], with pages at absolute paths beside the folder:
    /// what an author who embeds a scenario would write.
    ///
    /// # Panics
    /// When the folder has no `index.html` or no port is free.
    pub fn serve_with_pages(folder: &Path, base: &str, pages: &[(&str, &str)]) -> Site {
        assert!(
            base.starts_with('/') && base.ends_with('/'),
            "the base {base:?} must start and end with a slash"
        );
        assert!(
            folder.join("index.html").is_file(),
            "{} holds no site: run `cargo xtask build` first",
            folder.display()
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has one");
        let shared = Arc::new(Shared {
            base: base.to_owned(),
            folder: folder.to_owned(),
            pages: pages
                .iter()
                .map(|(path, html)| ((*path).to_owned(), (*html).to_owned()))
                .collect(),
            log: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if served.stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A browser may open a connection and send nothing on it, so
                // each has its own thread.
                if let Ok(stream) = stream {
                    let served = Arc::clone(&served);
                    thread::spawn(move || served.answer(stream));
                }
            }
        });
        Site { address, shared }
    }

    /// Address of the served folder with `rest` (fragment, query or file) after
    /// it.
    pub fn url(&self, rest: &str) -> String {
        format!("http://{}{}{rest}", self.address, self.shared.base)
    }

    /// Address of an absolute path on this host.
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Scheme, host and port, as `location.origin` gives them.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has been asked of this host so far, in the order of the answers.
    pub fn requests(&self) -> Vec<Request> {
        self.shared
            .log
            .lock()
            .expect("no thread panics here")
            .clone()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees the flag. If that fails, it is gone.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn answer(&self, stream: TcpStream) {
        // A client that goes away mid-answer is its own affair.
        let _ = self.exchange(stream);
    }

    fn exchange(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut lines = BufReader::new(&stream).lines();
        let Some(first) = lines.next() else {
            return Ok(());
        };
        let first = first?;
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let path = target.split('?').next().unwrap_or("");
        let (status, mime, body) = match method {
            "GET" | "HEAD" => self.find(path),
            _ => (405, "text/plain", b"only GET and HEAD".to_vec()),
        };
        self.log
            .lock()
            .expect("no thread panics here")
            .push(Request {
                path: path.to_owned(),
                status,
                bytes: body.len(),
            });
        write!(
            stream,
            "HTTP/1.1 {status} {}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\n\
             Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n",
            reason(status),
            body.len()
        )?;
        if method != "HEAD" {
            stream.write_all(&body)?;
        }
        Ok(())
    }

    fn find(&self, path: &str) -> (u16, &'static str, Vec<u8>) {
        if let Some(html) = self.pages.get(path) {
            return (200, "text/html; charset=utf-8", html.clone().into_bytes());
        }
        let missing = || (404, "text/plain", b"not found".to_vec());
        let Some(inside) = path.strip_prefix(&self.base) else {
            return missing();
        };
        if inside.split('/').any(|part| part == "..") {
            return missing();
        }
        let mut file = self.folder.join(inside);
        if inside.is_empty() || inside.ends_with('/') {
            file.push("index.html");
        }
        match fs::read(&file) {
            Ok(body) => (200, mime(&file), body),
            Err(_) => missing(),
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        _ => "Method Not Allowed",
    }
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|it| it.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
