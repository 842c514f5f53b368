//! Where scenarios come from: the binary has those that ship, a folder may have another.

use super::{Alternative, Mutant, Scenario, Solution, validate};
use deploy::{Assets, File};
use document::{Document, DocumentError};
use include_dir::{Dir, include_dir};
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../scenarios");

/// The most bytes of one file of a scenario, and the most files.
const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_FILES: usize = 200;

/// A scenario with its files.
#[derive(Clone, Debug)]
pub struct Source {
    /// `scenario.yaml`.
    pub scenario: Scenario,
    /// `solution.yaml`.
    pub solution: Solution,
    /// `mutants/*.yaml`, by name.
    pub mutants: BTreeMap<String, Mutant>,
    /// `alternatives/*.yaml`, by name.
    pub alternatives: BTreeMap<String, Alternative>,
    /// `debrief.md`.
    pub debrief: String,
    files: Arc<BTreeMap<String, Vec<u8>>>,
}

impl Source {
    /// A text file of the scenario.
    ///
    /// # Errors
    /// In words, when it is not there or not text.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        text(&self.files, name)
    }

    /// Whether any step is done by `identity`, or any text names its account.
    pub fn mentions(&self, identity: &str) -> bool {
        let yaml = self.files.iter().filter(|(name, _)| name.ends_with(".yaml"));
        let mut texts = yaml.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
        let (actor, account) = (format!("as: {identity}"), format!("{{{{{identity}."));
        texts.any(|text| text.contains(&actor) || text.contains(&account))
    }

    /// The files of a folder, by their names in it.
    pub fn folder(&self, name: &str) -> Vec<File> {
        let within = format!("{}/", name.trim_end_matches('/'));
        let files = self.files.iter();
        let inside = |(path, bytes): (&String, &Vec<u8>)| {
            Some((path.strip_prefix(&within)?.to_owned(), bytes.clone()))
        };
        files.filter_map(inside).collect()
    }
}

impl Assets for Source {
    fn files(&self, path: &str) -> Result<Vec<File>, String> {
        match self.folder(path) {
            files if files.is_empty() => Err(format!("the scenario has no folder {path}: add it")),
            files => Ok(files),
        }
    }
}

/// All scenarios that ship, in order.
///
/// # Errors
/// In words, for the first that is broken.
pub fn all() -> Result<Vec<Source>, String> {
    let mut names: Vec<_> = SHIPPED.dirs().map(|dir| dir.path().to_string_lossy()).collect();
    names.sort();
    names.iter().map(|name| load(name)).collect()
}

/// The scenario called `name`: one that ships, by its id in any case, or the folder at that path.
///
/// # Errors
/// In words: the file, the line, what is wrong and what to do.
pub fn load(name: &str) -> Result<Source, String> {
    let shipped = SHIPPED
        .dirs()
        .find(|dir| dir.path().to_str().is_some_and(|path| path.eq_ignore_ascii_case(name)));
    match shipped {
        Some(dir) => {
            let mut files = BTreeMap::new();
            embedded(dir, dir.path(), &mut files);
            read(&dir.path().to_string_lossy(), files)
        }
        None if Path::new(name).join("scenario.yaml").is_file() => {
            let root = fs::canonicalize(name).map_err(|error| format!("{name}: {error}"))?;
            let mut files = BTreeMap::new();
            on_disk(&root, &root, &mut files).map_err(|error| format!("{name}: {error}"))?;
            let id = root.file_name().unwrap_or_default().to_string_lossy();
            read(&id, files)
        }
        None => Err(format!(
            "there is no scenario {name}: `heist play` lists them; a folder of your own needs a \
             scenario.yaml"
        )),
    }
}

fn embedded(dir: &Dir<'_>, root: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        if let Ok(path) = file.path().strip_prefix(root) {
            into.insert(path.to_string_lossy().into_owned(), file.contents().to_vec());
        }
    }
    dir.dirs().for_each(|dir| embedded(dir, root, into));
}

fn on_disk(dir: &Path, root: &Path, into: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        // Links could lead out of the folder.
        if kind.is_dir() {
            on_disk(&path, root, into)?;
        } else if kind.is_file() {
            let size = fs::metadata(&path)?.len();
            if size > MAX_FILE_BYTES || into.len() == MAX_FILES {
                let limit = format!("{MAX_FILES} files of {MAX_FILE_BYTES} bytes are the most");
                return Err(io::Error::other(format!("{}: {limit}", path.display())));
            }
            into.insert(relative(&path, root), fs::read(&path)?);
        }
    }
    Ok(())
}

fn relative(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let plain = path.components().filter(|part| matches!(part, Component::Normal(_)));
    plain.collect::<PathBuf>().to_string_lossy().into_owned()
}

fn text<'f>(files: &'f BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'f str, String> {
    let bytes = files.get(name).ok_or_else(|| format!("{name} is missing: add it"))?;
    std::str::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8: save it as such"))
}

fn read(id: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Source, String> {
    let in_folder = |name: &str| format!("{id}/{name}");
    let (document, scenario): (_, Scenario) = parse(&files, id, "scenario.yaml")?;
    let (_, solution) = parse(&files, id, "solution.yaml")?;
    let (mutants, alternatives) =
        (every(&files, id, "mutants/")?, every(&files, id, "alternatives/")?);
    let debrief = text(&files, "debrief.md").map_err(|error| in_folder(&error))?.to_owned();
    let source =
        Source { scenario, solution, mutants, alternatives, debrief, files: Arc::new(files) };
    validate::validate(id, &source, &document).map_err(|error| error.to_string())?;
    Ok(source)
}

/// The documents of a folder, by their names.
fn every<T: DeserializeOwned>(
    files: &BTreeMap<String, Vec<u8>>,
    id: &str,
    folder: &str,
) -> Result<BTreeMap<String, T>, String> {
    let name = |path: &String| Some(path.strip_prefix(folder)?.strip_suffix(".yaml")?.to_owned());
    let found = files.keys().filter_map(|path| Some((name(path)?, path)));
    found.map(|(name, path)| Ok((name, parse(files, id, path)?.1))).collect()
}

fn parse<T: DeserializeOwned>(
    files: &BTreeMap<String, Vec<u8>>,
    id: &str,
    name: &str,
) -> Result<(Document, T), String> {
    let text = text(files, name).map_err(|error| format!("{id}/{error}"))?;
    let document = Document::parse(&format!("{id}/{name}"), text);
    let document = document.map_err(|error| error.to_string())?;
    let read = typed(&document).map_err(|error| error.to_string())?;
    Ok((document, read))
}

/// The document as the type it should be.
fn typed<T: DeserializeOwned>(document: &Document) -> Result<T, DocumentError> {
    serde_path_to_error::deserialize(document.value()).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            let token = match segment {
                serde_path_to_error::Segment::Seq { index } => index.to_string(),
                serde_path_to_error::Segment::Map { key } => key.clone(),
                serde_path_to_error::Segment::Enum { variant } => variant.clone(),
                serde_path_to_error::Segment::Unknown => break,
            };
            pointer.push('/');
            pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        }
        document.fault(&pointer, format!("{}; see `heist play schema`", error.inner()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_sound() {
        for source in all().unwrap() {
            let id = &source.scenario.id;
            assert!(!source.mutants.is_empty(), "{id} has no mutants");
            assert!(!source.alternatives.is_empty(), "{id} has no other way to mend it");
        }
    }

    #[test]
    fn later_folders_lie_over_earlier_ones() {
        use crate::names::Names;
        let mut source = load("H01").unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files = [file("one/a", "1"), file("one/b", "1"), file("two/b", "2")];
        source.files = Arc::new(files.into());
        let zipped = |value| Names::default().fill_value(&value, &source);
        let both = zipped(serde_json::json!({"$zip": ["one", "two"]})).unwrap();
        source.files = Arc::new([file("same/a", "1"), file("same/b", "2")].into());
        let same = Names::default().fill_value(&serde_json::json!({"$zip": "same"}), &source);
        assert_eq!(both, same.unwrap());
    }

    #[test]
    fn errors_name_the_place() {
        let broken = "schema: 1\nid: X\ntitle: x\nlevel: brutal\n";
        let files = BTreeMap::from([("scenario.yaml".to_owned(), broken.as_bytes().to_vec())]);
        let error = read("X", files).unwrap_err();
        assert!(error.starts_with("X/scenario.yaml:4:"), "{error}");
        assert!(error.contains("unknown variant `brutal`"), "{error}");
    }
}
