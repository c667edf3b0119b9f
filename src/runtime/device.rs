//! The terminal: taken over whole, given back whole, also after a panic.

use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;

use super::screen::Device;

/// What a large frame weighs on the wire.
const FRAME: usize = 256 << 10;
/// What one write to the clipboard may weigh; terminals drop more.
const MAX_CLIPBOARD: usize = 100_000;

/// The user's terminal while volx has it.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn open(has_mouse: bool) -> io::Result<Self> {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            earlier(info);
        }));
        enable_raw_mode()?;
        // From here on everything that fails must give the terminal back.
        let open = || {
            execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
            if has_mouse {
                execute!(stdout(), EnableMouseCapture)?;
            }
            ratatui::Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME, stdout())))
        };
        match open() {
            Ok(inner) => Ok(Self { inner }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

impl Device for Terminal {
    fn draw(&mut self, view: &mut dyn FnMut(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        // A frame reaches the terminal whole, and terminals that can show it at once.
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(|frame| view(frame))?;
        execute!(self.inner.backend_mut(), EndSynchronizedUpdate)
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        if text.len() > MAX_CLIPBOARD {
            return Err(io::Error::other("too long for the terminal's clipboard"));
        }
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }
}

/// Gives the terminal back. Does what it can; there is nobody to tell of what it cannot.
fn restore() {
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}
