//! Styles by role. Code names what a thing is, a theme says how that looks.

use std::collections::HashMap;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use serde::de::value::StrDeserializer;

use super::file::{Error, Source};

/// What a thing on the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the roles; the theme files say how each looks")]
pub enum Role {
    Text,
    Dim,
    Accent,
    Title,
    Border,
    BorderFocused,
    Heading,
    HeadingSorted,
    Selection,
    SelectionUnfocused,
    Mark,
    InUse,
    Attached,
    Dangling,
    Good,
    Warning,
    Error,
    Bar,
    Scroll,
    Size,
    Project,
    Group,
    HintKey,
    Hint,
    JsonKey,
    JsonString,
    JsonNumber,
    JsonLiteral,
}

/// A style for each role.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    styles: HashMap<Role, Style>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute that a terminal has")]
struct StyleFile {
    fg: Option<ColorWord>,
    bg: Option<ColorWord>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underlined: bool,
    #[serde(default)]
    reversed: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct ColorWord(Color);

impl TryFrom<String> for ColorWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_none| format!("'{text}' is no colour; use a name, #rrggbb, or a number from 0 to 255"))
    }
}

impl StyleFile {
    fn style(&self) -> Style {
        let mut style = Style::new();
        style.fg = self.fg.map(|c| c.0);
        style.bg = self.bg.map(|c| c.0);
        for (is_set, modifier) in [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ] {
            if is_set {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// The shipped themes.
pub const SHIPPED: [(&str, &str); 3] = [
    ("calm", include_str!("../../assets/themes/calm.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

impl Theme {
    /// The theme of this name: the user's own first, then a shipped one.
    ///
    /// # Errors
    /// When there is none, or its file is wrong.
    pub fn named(name: &str, folder: &Path) -> Result<Self, Error> {
        let path = folder.join(format!("{name}.toml"));
        let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
        let own = if is_name { Source::read(&path, false)? } else { None };
        let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        match (own, shipped) {
            (Some(source), _) => {
                // What the user's file leaves out is as in the default.
                let mut theme = Self::shipped("calm")?;
                theme.styles.extend(Self::parse(&source)?.styles);
                Ok(theme)
            }
            (None, Some((name, _))) => Self::shipped(name),
            (None, None) => Err(Error::NoTheme { name: name.to_owned(), path }),
        }
    }

    fn shipped(name: &str) -> Result<Self, Error> {
        let text = SHIPPED.iter().find(|(shipped, _)| *shipped == name).map_or("", |(_, text)| text);
        Self::parse(&Source::shipped(&format!("themes/{name}.toml"), text))
    }

    fn parse(source: &Source) -> Result<Self, Error> {
        let entries: HashMap<toml::Spanned<String>, StyleFile> = source.parse()?;
        let mut styles = HashMap::new();
        for (name, style) in entries {
            let role = Role::deserialize(StrDeserializer::<serde::de::value::Error>::new(name.get_ref()))
                .map_err(|e| source.wrong(name.span().start, e.to_string()))?;
            styles.insert(role, style.style());
        }
        Ok(Self { styles })
    }

    /// How a role looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}
