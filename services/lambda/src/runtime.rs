//! The runtimes that functions name, and the interpreters of the host that run them.

use crate::error::LambdaError;
use sandbox::{Interpreter, Language};
use service_kit::prelude::*;
use std::sync::Arc;

/// What runs a function's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum Runtime {
    #[shape(name = "nodejs18.x")]
    Nodejs18X,
    #[shape(name = "nodejs20.x")]
    Nodejs20X,
    #[shape(name = "nodejs22.x")]
    Nodejs22X,
    #[shape(name = "nodejs24.x")]
    Nodejs24X,
    #[shape(name = "provided")]
    Provided,
    #[shape(name = "provided.al2")]
    ProvidedAl2,
    #[shape(name = "provided.al2023")]
    ProvidedAl2023,
    #[shape(name = "python3.9")]
    Python39,
    #[shape(name = "python3.10")]
    Python310,
    #[shape(name = "python3.11")]
    Python311,
    #[shape(name = "python3.12")]
    Python312,
    #[shape(name = "python3.13")]
    Python313,
    #[shape(name = "python3.14")]
    Python314,
}

impl Runtime {
    /// The language and version, for managed runtimes.
    pub fn language(self) -> Option<(Language, u32, u32)> {
        let name = self.as_str();
        if let Some(minor) = name.strip_prefix("python3.") {
            return Some((Language::Python, 3, minor.parse().ok()?));
        }
        let major = name.strip_prefix("nodejs")?.strip_suffix(".x")?;
        Some((Language::Node, major.parse().ok()?, 0))
    }

    /// The name in `INIT_START` lines, with the version of what really runs it.
    pub fn running_version(self, interpreter: Option<&Interpreter>) -> String {
        match interpreter {
            None => self.as_str().to_owned(),
            Some(interpreter) => {
                let (major, minor, patch) = interpreter.version;
                let language = match interpreter.language {
                    Language::Python => "python",
                    Language::Node => "nodejs",
                };
                format!("{language}:{major}.{minor}.{patch}")
            }
        }
    }

    /// The host's interpreter for this runtime, none for `provided`. The first call looks for
    /// all interpreters, which takes a moment.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] when the host has none of the language.
    pub async fn interpreter(self) -> Result<Option<Arc<Interpreter>>, LambdaError> {
        let Some((language, major, minor)) = self.language() else { return Ok(None) };
        let nearest = move || sandbox::nearest(language, major, minor);
        let found = tokio::task::spawn_blocking(nearest).await.map_err(Fault::internal)?;
        let missing = || {
            let message = format!(
                "The runtime {} needs an interpreter of {language:?} on the host of Heist, which \
                 has none; install one and restart.",
                self.as_str()
            );
            Fault::Unsupported(message).into()
        };
        found.map(Some).ok_or_else(missing)
    }
}

/// What code is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum Architecture {
    #[shape(name = "x86_64")]
    X86,
    #[shape(name = "arm64")]
    Arm64,
}

impl Architecture {
    /// The host's.
    pub fn of_host() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X86 }
    }

    /// The one asked for, which must be the host's; the host's when none is.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for the other one: there is no emulation.
    pub fn asked(asked: Option<&[Self]>, runtime: Runtime) -> Result<Self, LambdaError> {
        let host = Self::of_host();
        let Some(&asked) = asked.and_then(<[Self]>::first) else { return Ok(host) };
        // Interpreted code runs on either; only what is compiled must fit.
        if asked == host || runtime.language().is_some() {
            return Ok(asked);
        }
        let message = format!(
            "Heist runs functions on this host's processor, {}; it cannot run code compiled for \
             {}.",
            host.as_str(),
            asked.as_str()
        );
        Err(Fault::Unsupported(message).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_language_and_version() {
        assert_eq!(Runtime::Python39.language(), Some((Language::Python, 3, 9)));
        assert_eq!(Runtime::Python312.language(), Some((Language::Python, 3, 12)));
        assert_eq!(Runtime::Nodejs20X.language(), Some((Language::Node, 20, 0)));
        assert_eq!(Runtime::ProvidedAl2023.language(), None);
    }

    #[test]
    fn compiled_code_must_fit_the_host() {
        let other = match Architecture::of_host() {
            Architecture::X86 => Architecture::Arm64,
            Architecture::Arm64 => Architecture::X86,
        };
        let asked = |runtime| Architecture::asked(Some(&[other]), runtime);
        assert!(matches!(asked(Runtime::Provided), Err(LambdaError::Common(_))));
        assert_eq!(asked(Runtime::Python312).ok(), Some(other));
        assert_eq!(
            Architecture::asked(None, Runtime::Provided).ok(),
            Some(Architecture::of_host())
        );
    }
}
