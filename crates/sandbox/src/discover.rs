//! Finds the host's Python and Node.js interpreters.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

/// Which language an interpreter runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// CPython.
    Python,
    /// Node.js.
    Node,
}

/// A version: major, minor, patch.
pub type Version = (u32, u32, u32);

/// One interpreter of the host.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// Which language it runs.
    pub language: Language,
    /// The real path of its executable, the same inside a sandbox.
    pub executable: PathBuf,
    /// Its version.
    pub version: Version,
    /// The folder it was installed to.
    pub prefix: PathBuf,
    /// The host paths that a sandbox must show besides the system's own folders.
    pub binds: Vec<PathBuf>,
    /// Python: the folders of its own installed libraries.
    pub site_packages: Vec<PathBuf>,
    /// Python: whether boto3 is among them.
    pub has_boto3: bool,
    /// Python: our runtime client, compiled for it. Compiling at each cold start would cost more
    /// than the interpreter's own start.
    pub(crate) client: Arc<[u8]>,
}

const PYTHON_SOURCE: &str = include_str!("../runtimes/python/bootstrap.py");

/// Prints what we must know and our client compiled; the source comes on standard input.
const PYTHON_PROBE: &str = r#"
import sys, os, json, marshal, importlib.util, site, sysconfig
code = compile(sys.stdin.buffer.read(), "/var/runtime/bootstrap.py", "exec")
header = bytes(12 if sys.version_info >= (3, 7) else 8)
client = importlib.util.MAGIC_NUMBER + header + marshal.dumps(code)
try: folders = [p for p in site.getsitepackages() if os.path.isdir(p)]
except Exception: folders = []
print(json.dumps({
    "executable": os.path.realpath(sys.executable), "version": list(sys.version_info[:3]),
    "prefix": os.path.realpath(sys.base_prefix),
    "libraries": [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")],
    "site_packages": folders, "client": client.hex(),
    "has_boto3": any(os.path.isdir(os.path.join(p, "boto3")) for p in folders)}))
"#;

const NODE_PROBE: &str = "console.log(JSON.stringify({executable: \
    require('fs').realpathSync(process.execPath), \
    version: process.versions.node.split('.').map(Number)}))";

#[derive(Deserialize)]
struct Found {
    executable: PathBuf,
    version: Version,
    #[serde(default)]
    prefix: Option<PathBuf>,
    #[serde(default)]
    libraries: Vec<PathBuf>,
    #[serde(default)]
    site_packages: Vec<PathBuf>,
    #[serde(default)]
    has_boto3: bool,
    #[serde(default)]
    client: String,
}

impl Interpreter {
    /// The names that programs call it by, beside an executable that is shown alone: (path,
    /// target).
    pub(crate) fn links(&self) -> Vec<(PathBuf, PathBuf)> {
        let names: &[&str] = match self.language {
            Language::Python => &["python3", "python"],
            Language::Node => &["node"],
        };
        let own = self.executable.file_name().unwrap_or_default();
        let others =
            names.iter().filter(|name| self.binds.contains(&self.executable) && own != **name);
        others.map(|name| (self.executable.with_file_name(name), own.into())).collect()
    }
}

/// Every interpreter found, by language and version, newest last.
///
/// The first call runs each candidate once, all at the same time (tens of milliseconds each), and
/// blocks meanwhile; the answer stays for the process's life.
pub fn runtimes() -> &'static [Arc<Interpreter>] {
    static FOUND: OnceLock<Vec<Arc<Interpreter>>> = OnceLock::new();
    FOUND.get_or_init(find)
}

/// The interpreter of the wanted version, or the nearest: same major version, then the smallest
/// distance, newer rather than older. `None` when the host has none of the language.
pub fn nearest(language: Language, major: u32, minor: u32) -> Option<Arc<Interpreter>> {
    let distance = |interpreter: &&Arc<Interpreter>| {
        let (found_major, found_minor, patch) = interpreter.version;
        let majors = found_major.abs_diff(major);
        let older = (found_major, found_minor) < (major, minor);
        (majors, found_minor.abs_diff(minor), older, std::cmp::Reverse(patch))
    };
    let all = runtimes().iter().filter(|interpreter| interpreter.language == language);
    all.min_by_key(distance).map(Arc::clone)
}

fn find() -> Vec<Arc<Interpreter>> {
    std::thread::scope(|scope| {
        let probes: Vec<_> = candidates()
            .into_iter()
            .map(|(path, language)| scope.spawn(move || probe(language, &path)))
            .collect();
        let found = probes.into_iter().filter_map(|probe| probe.join().ok().flatten());
        let by_path: BTreeMap<_, _> =
            found.map(|interpreter| (interpreter.executable.clone(), interpreter)).collect();
        let mut all: Vec<_> = by_path.into_values().map(Arc::new).collect();
        all.sort_by_key(|interpreter| (interpreter.language, interpreter.version));
        all
    })
}

/// Executables that look like interpreters, each real path once.
fn candidates() -> BTreeMap<PathBuf, Language> {
    let mut found = BTreeMap::new();
    for folder in folders() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(language) = name.to_str().and_then(language) else { continue };
            if let Ok(real) = entry.path().canonicalize() {
                found.insert(real, language);
            }
        }
    }
    found
}

/// `python3`, `python3.12`, `node` and nothing else.
fn language(name: &str) -> Option<Language> {
    if name == "node" {
        return Some(Language::Node);
    }
    let version = name.strip_prefix("python3")?;
    let minor = version.strip_prefix('.').unwrap_or(version);
    minor.bytes().all(|byte| byte.is_ascii_digit()).then_some(Language::Python)
}

/// `PATH` without version managers' shims, and the folders where those keep what they install.
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&path).filter(|folder| !folder.ends_with("shims")).collect();
    folders.extend(["/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let given = |name: &str, default: &str| {
        std::env::var_os(name).map_or_else(|| home.join(default), PathBuf::from)
    };
    let managed = [
        given("PYENV_ROOT", ".pyenv").join("versions"),
        given("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"),
        given("NVM_DIR", ".nvm").join("versions/node"),
        home.join(".asdf/installs/python"),
        home.join(".asdf/installs/nodejs"),
        home.join(".local/share/mise/installs/python"),
        home.join(".local/share/mise/installs/node"),
    ];
    for versions in managed.iter().filter(|folder| folder.is_absolute()) {
        let entries = std::fs::read_dir(versions).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path().join("bin")));
    }
    folders
}

fn probe(language: Language, path: &Path) -> Option<Interpreter> {
    let arguments: &[&str] = match language {
        Language::Python => &["-I", "-c", PYTHON_PROBE],
        Language::Node => &["-e", NODE_PROBE],
    };
    let mut child = Command::new(path)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    if let (Some(mut input), Language::Python) = (child.stdin.take(), language) {
        let _ = input.write_all(PYTHON_SOURCE.as_bytes());
    }
    let found: Found = serde_json::from_slice(&child.wait_with_output().ok()?.stdout).ok()?;
    Some(interpreter(language, found))
}

fn interpreter(language: Language, found: Found) -> Interpreter {
    let home = found.executable.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"));
    let prefix = found.prefix.unwrap_or_else(|| home.to_owned());
    // Not the whole prefix: that may be somebody's home.
    let shared = prefix.join("lib");
    let folders = [&shared].into_iter().chain(&found.libraries).chain(&found.site_packages);
    let mut binds: Vec<PathBuf> = Vec::new();
    for path in folders.chain([&found.executable]).filter(|path| path.exists()) {
        let shown = path.starts_with("/usr")
            || path.starts_with("/nix/store")
            || binds.iter().any(|bind| path.starts_with(bind));
        if !shown && path.parent().is_some() {
            binds.push(path.clone());
        }
    }
    Interpreter {
        language,
        version: found.version,
        binds,
        site_packages: found.site_packages,
        has_boto3: found.has_boto3,
        client: unhex(&found.client).into(),
        executable: found.executable,
        prefix,
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_interpreters() {
        assert_eq!(language("python3"), Some(Language::Python));
        assert_eq!(language("python3.12"), Some(Language::Python));
        assert_eq!(language("node"), Some(Language::Node));
        for other in ["python", "python2.7", "python3-config", "python3.11-gdb.py", "nodejs"] {
            assert_eq!(language(other), None, "{other}");
        }
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(unhex("00ff7a"), [0, 255, 0x7a]);
    }
}
