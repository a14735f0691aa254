//! `hospes new`: the tree of a node.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{anyhow, bail};
use clap::ValueEnum;
use hospes_author::Language;

use crate::args::{Lang, New};
use crate::exit::Exit;
use crate::terminal::{GOOD, shell_word, styled, visible};

pub(crate) fn run(args: &New) -> anyhow::Result<Exit> {
    let lang = match args.lang {
        Some(lang) => lang,
        None if io::stdin().is_terminal() => ask(&mut io::stdin().lock(), &mut io::stderr())?,
        None => bail!("the language is missing: add `--lang rust`, `--lang python` or `--lang js`"),
    };
    let (language, install) = match lang {
        Lang::Rust => (Language::Rust, ""),
        Lang::Python => (
            Language::Python,
            "  python3 -m venv venv\n  venv/bin/pip install --quiet -r requirements.txt\n",
        ),
        Lang::Js => (Language::JavaScript, "  npm install --no-audit --no-fund\n"),
    };
    let name = hospes_author::create(&args.path, language)
        .map_err(|error| anyhow!("{}", visible(&error.to_string())))?;
    let path = args.path.display().to_string();
    writeln!(
        anstream::stdout().lock(),
        "{} {}\n\n  cd {}\n{install}  hospes test\n  hospes run {name} --payload payload.json",
        styled(GOOD, "made:"),
        visible(&path),
        shell_word(&path),
    )?;
    Ok(Exit::Success)
}

/// Asks until the answer is a language.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> anyhow::Result<Lang> {
    loop {
        write!(output, "Language (rust, python or js): ")?;
        output.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            bail!("no language was chosen");
        }
        if let Ok(lang) = Lang::from_str(line.trim(), true) {
            return Ok(lang);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_until_the_answer_is_a_language() {
        let mut asked = Vec::new();
        let lang = ask(&mut &b"go\n\n Python \n"[..], &mut asked).unwrap();
        assert!(matches!(lang, Lang::Python));
        let asked = String::from_utf8(asked).unwrap();
        assert_eq!(asked, "Language (rust, python or js): ".repeat(3));
        assert!(ask(&mut &b"go"[..], &mut Vec::new()).is_err());
    }
}
