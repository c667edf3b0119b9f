//! What the local driver is to mount, in the terms of those who know it.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::secret::MASK;

/// What is typed or told of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The machine that exports.
    Server,
    /// What it exports.
    Export,
    /// The Windows or Samba share.
    Share,
    /// The share's user.
    User,
    /// The share's password.
    Password,
    /// A folder of the engine's machine.
    Folder,
    /// How much it may hold.
    Size,
}

/// What is wrong with a recipe, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub part: Part,
    /// What.
    pub why: String,
}

/// What the local driver is to mount, in the terms of those who know it.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipe {
    /// A folder of the engine.
    Plain,
    /// A file system of another machine by NFS.
    Nfs {
        /// The machine.
        server: String,
        /// What it exports.
        path: String,
        /// Further mount options, separated by commas: `nfsvers=4.1,rw`.
        more: String,
    },
    /// A Windows or Samba share.
    Cifs {
        /// The share, `//server/share`.
        share: String,
        /// Who asks for it.
        user: String,
        /// Its password; the engine keeps it in clear.
        password: String,
        /// Further mount options.
        more: String,
    },
    /// Memory.
    Tmpfs {
        /// How much at most, in the kernel's words (`100m`); no limit but half of the memory when empty.
        size: String,
    },
    /// A folder of the engine's machine.
    Bind {
        /// The folder.
        path: String,
    },
    /// A folder of the engine that may hold only so much; needs a file system with project quota.
    Sized {
        /// How much, in the engine's words (`10G`).
        size: String,
    },
}

/// Without the password.
impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("Plain"),
            Self::Nfs { server, path, more } => write!(f, "Nfs({server:?}, {path:?}, {more:?})"),
            Self::Cifs { share, user, more, .. } => write!(f, "Cifs({share:?}, {user:?}, {MASK}, {more:?})"),
            Self::Tmpfs { size } => write!(f, "Tmpfs({size:?})"),
            Self::Bind { path } => write!(f, "Bind({path:?})"),
            Self::Sized { size } => write!(f, "Sized({size:?})"),
        }
    }
}

impl Recipe {
    /// What the local driver is told.
    /// [docker/docs, `docker volume create`; moby `volume/local/local_unix.go`]
    ///
    /// # Errors
    /// Says what is missing or cannot be meant.
    pub fn options(&self) -> Result<BTreeMap<String, String>, Flaw> {
        let of = |kind: &str, device: String, o: Vec<String>| {
            let o: Vec<String> = o.into_iter().filter(|part| !part.is_empty()).collect();
            let mut options =
                BTreeMap::from([("type".to_owned(), kind.to_owned()), ("device".to_owned(), device)]);
            if !o.is_empty() {
                options.insert("o".to_owned(), o.join(","));
            }
            options
        };
        match self {
            Self::Plain => Ok(BTreeMap::new()),
            Self::Nfs { server, path, more } => {
                let server = word(Part::Server, "the server", server)?;
                let path = absolute(Part::Export, "the exported path", path)?;
                Ok(of("nfs", format!(":{path}"), vec![format!("addr={server}"), trimmed(more)]))
            }
            Self::Cifs { share, user, password, more } => {
                let share = share.trim().replace('\\', "/");
                let is_share = share.strip_prefix("//").is_some_and(|rest| {
                    rest.split_once('/').is_some_and(|(host, name)| !host.is_empty() && !name.is_empty())
                });
                if !is_share {
                    let why = if share.is_empty() {
                        "the share is missing"
                    } else {
                        "a share is written //server/share"
                    };
                    return Err(Flaw { part: Part::Share, why: why.to_owned() });
                }
                // A comma would end the option and begin another one.
                for (part, what, text) in [(Part::User, "user", user), (Part::Password, "password", password)]
                {
                    if text.contains(',') {
                        let why = format!("a {what} with a comma cannot be given as a mount option");
                        return Err(Flaw { part, why });
                    }
                }
                let host = share.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
                let login = |key: &str, value: &str| {
                    if value.is_empty() { String::new() } else { format!("{key}={value}") }
                };
                let o = vec![
                    format!("addr={host}"),
                    login("username", user.trim()),
                    login("password", password),
                    trimmed(more),
                ];
                Ok(of("cifs", share, o))
            }
            Self::Tmpfs { size } => {
                let size = size.trim();
                let o = if size.is_empty() {
                    String::new()
                } else {
                    format!("size={}", word(Part::Size, "the size", size)?)
                };
                Ok(of("tmpfs", "tmpfs".to_owned(), vec![o]))
            }
            Self::Bind { path } => {
                Ok(of("none", absolute(Part::Folder, "the folder", path)?, vec!["bind".to_owned()]))
            }
            Self::Sized { size } => {
                Ok(BTreeMap::from([("size".to_owned(), word(Part::Size, "the size", size)?)]))
            }
        }
    }
}

fn trimmed(text: &str) -> String {
    text.trim().trim_matches(',').to_owned()
}

fn word(part: Part, what: &str, text: &str) -> Result<String, Flaw> {
    let text = text.trim();
    let why = if text.is_empty() {
        format!("{what} is missing")
    } else if text.contains([',', ' ']) {
        format!("{what} holds no comma and no space: '{text}'")
    } else {
        return Ok(text.to_owned());
    };
    Err(Flaw { part, why })
}

fn absolute(part: Part, what: &str, text: &str) -> Result<String, Flaw> {
    let text = text.trim();
    let why = match text {
        "" => format!("{what} is missing"),
        path if path.starts_with('/') => return Ok(path.to_owned()),
        path => format!("{what} begins with a /: '{path}'"),
    };
    Err(Flaw { part, why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::volume::{Kind, Volume};

    fn kind_of(recipe: &Recipe) -> Kind {
        let options = recipe.options().expect("a recipe");
        Volume { driver: "local".to_owned(), options, ..Volume::default() }.kind()
    }

    #[test]
    fn a_recipe_makes_the_kind_of_volume_that_it_is_named_for() {
        let text = str::to_owned;
        let nfs = Recipe::Nfs { server: text("nas"), path: text("/srv"), more: text("nfsvers=4.1,rw") };
        assert_eq!(kind_of(&nfs), Kind::Nfs);
        assert_eq!(nfs.options().expect("options")["o"], "addr=nas,nfsvers=4.1,rw");
        let cifs = Recipe::Cifs {
            share: text("\\\\nas\\media"),
            user: text("me"),
            password: text("s3cret"),
            more: String::new(),
        };
        assert_eq!(kind_of(&cifs), Kind::Cifs);
        let options = cifs.options().expect("options");
        assert_eq!(options["device"], "//nas/media");
        assert_eq!(options["o"], "addr=nas,username=me,password=s3cret");
        assert_eq!(kind_of(&Recipe::Tmpfs { size: String::new() }), Kind::Tmpfs);
        assert_eq!(kind_of(&Recipe::Bind { path: text("/srv/data") }), Kind::Bind);
        assert_eq!(kind_of(&Recipe::Plain), Kind::Plain);
        assert_eq!(kind_of(&Recipe::Sized { size: text("10G") }), Kind::Plain);
    }

    #[test]
    fn a_recipe_that_cannot_be_meant_says_why() {
        let bind = Recipe::Bind { path: "data".to_owned() };
        let flaw = bind.options().expect_err("relative");
        assert!(flaw.part == Part::Folder && flaw.why.contains("begins with a /"), "{flaw:?}");
        let nfs = Recipe::Nfs { server: "nas,rw".to_owned(), path: "/x".to_owned(), more: String::new() };
        assert!(nfs.options().expect_err("a comma").why.contains("no comma"));
        let cifs = |share: &str, password: &str| Recipe::Cifs {
            share: share.to_owned(),
            user: String::new(),
            password: password.to_owned(),
            more: String::new(),
        };
        assert!(cifs("nas/media", "").options().is_err());
        assert!(cifs("//nas/media", "a,uid=0").options().is_err(), "a password adds no options");
    }
}
