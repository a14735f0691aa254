//! The page `docs/guests.md`: its nodes are written, compiled and run as a reader would, in one shell for
//! each language.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::dir::Dir;
use crate::mock::Mock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    read("docs/guests.md")
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// What stands below a heading, up to the next one.
#[track_caller]
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    section.split("\n#").next().unwrap()
}

/// What a reader does.
enum Step {
    /// Writes a file.
    File { name: String, content: String },
    /// Types a command, which prints this. Nothing means that the page does not show it.
    Command { line: String, prints: String },
}

/// The steps of a section, in its order. A file's name is the last thing quoted before its block.
fn steps(section: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut parts = section.split("```");
    let mut before = parts.next().unwrap();
    while let Some(block) = parts.next() {
        let (language, content) = block.split_once('\n').unwrap();
        if language == "console" {
            for example in content.split("$ ").skip(1) {
                let mut lines = example.split_inclusive('\n');
                let mut line = lines.next().unwrap().to_owned();
                while line.ends_with("\\\n") {
                    line += lines.next().unwrap();
                }
                let prints = lines.collect();
                steps.push(Step::Command { line, prints });
            }
        } else {
            steps.push(Step::File {
                name: before.rsplit('`').nth(1).unwrap().to_owned(),
                content: content.to_owned(),
            });
        }
        before = parts.next().unwrap();
    }
    steps
}

/// Whether a line is the page's, where `...` stands for anything.
fn like(found: &str, line: &str) -> bool {
    let parts: Vec<&str> = line.split("...").collect();
    let Some(mut rest) = found.strip_prefix(parts[0]) else {
        return false;
    };
    let Some((end, middle)) = parts[1..].split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(end)
}

/// A line that no command prints. The exit code follows.
const END: &str = "@@ the command has ended with ";

/// Does what these sections say in an empty folder beside a clone, compares what is printed, and tells how
/// many commands that were.
pub(crate) fn follow(dir: &Dir, page: &str, headings: &[&str]) -> usize {
    // A component of 18 MB is compiled on all cores, against a limit: one language at a time.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);

    // Of the clone the contract, and what it has built.
    let built = dir.path().join("hospes/target/debug");
    let wit = dir.path().join("hospes/wit");
    for folder in [&built, &wit] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::create_dir(dir.path().join("greet")).unwrap();
    for file in fs::read_dir(root().join("wit")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), wit.join(file.file_name())).unwrap();
    }
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hospes"), built.join("hospes")).unwrap();
    std::os::unix::fs::symlink(root().join("guest"), dir.path().join("hospes/guest")).unwrap();

    // Not the port of the page: another server may have it.
    let mock = Mock::start(dir, &json!([]), &[]);
    let page = read(page);
    assert!(page.contains(&format!("export BRAZE_API_KEY={}\n", mock.key)));
    let listen = "hospes mock braze --listen 127.0.0.1:7118\n";
    assert!(page.contains(listen));
    // How long compiling takes is the machine's affair.
    let page = page
        .replace("$ hospes run ", "$ hospes run --limit compile=10m ")
        .replace(listen, "true\n")
        .replace("127.0.0.1:7118", mock.url.strip_prefix("http://").unwrap());

    let mut script = "exec 2>&1\n".to_owned();
    let mut commands = Vec::new();
    for heading in headings {
        for step in steps(section(&page, heading)) {
            match step {
                Step::File { name, content } => {
                    write!(
                        script,
                        "cat > {name} <<'END OF FILE'\n{content}END OF FILE\n"
                    )
                    .unwrap();
                }
                Step::Command { line, prints } => {
                    // What follows a command sees how it ended.
                    write!(
                        script,
                        "{line}ended=$?\necho '{END}'$ended\n(exit $ended)\n"
                    )
                    .unwrap();
                    commands.push((line, prints));
                }
            }
        }
    }
    let output = Command::new("/bin/sh")
        .arg(dir.file("script.sh", script))
        .current_dir(dir.path().join("greet"))
        .env_remove("VIRTUAL_ENV")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();

    let mut rest = output.as_str();
    for (index, (line, prints)) in commands.iter().enumerate() {
        let (printed, after) = rest
            .split_once(END)
            .unwrap_or_else(|| panic!("{line}{rest}"));
        let (code, after) = after.split_once('\n').unwrap();
        rest = after;
        let asked_for = commands
            .get(index + 1)
            .is_some_and(|next| next.0 == "echo $?\n");
        assert!(code == "0" || asked_for, "{line}{printed}{END}{code}");
        if !prints.is_empty() {
            let same = printed.lines().count() == prints.lines().count()
                && printed
                    .lines()
                    .zip(prints.lines())
                    .all(|(found, line)| like(found, line));
            assert!(
                same,
                "\n~~~~ {line}~~~~ expected ~~~~\n{prints}\n~~~~ found ~~~~\n{printed}\n~~~~\n"
            );
        }
    }
    commands.len()
}

/// The size of the component `greet`.
fn size(dir: &Dir) -> u64 {
    let component = dir.path().join("greet/greet.wasm");
    fs::metadata(component).unwrap().len()
}

/// The default of the limit for components.
fn default_size() -> u64 {
    hospes::Limits::default().component
}

#[test]
#[ignore = "needs Python and pip"]
fn the_nodes_in_python_do_what_the_page_says() {
    let dir = Dir::new();
    let headings = [
        "## Before you start",
        "## Python",
        "## Sending requests",
        "### In Python",
        "## Sizes, times and limits",
    ];
    assert_eq!(follow(&dir, "docs/guests.md", &headings), 18);
    assert!(size(&dir) < default_size());
}

#[test]
#[ignore = "needs Node.js and npm"]
fn the_nodes_in_javascript_do_what_the_page_says() {
    let dir = Dir::new();
    let headings = [
        "## Before you start",
        "## JavaScript",
        "## Sending requests",
        "### In JavaScript, with the contract's interface",
        "### In JavaScript, with fetch",
    ];
    assert_eq!(follow(&dir, "docs/guests.md", &headings), 19);
    assert!(size(&dir) < default_size());
}

#[test]
fn the_page_pins_what_the_tests_pin() {
    let package = fs::read_to_string(root().join("tests/guests/js/package.json")).unwrap();
    let package: Value = serde_json::from_str(&package).unwrap();
    let name = "@bytecodealliance/componentize-js";
    let version = package["devDependencies"][name].as_str().unwrap();
    assert!(page().contains(&format!("$ npm install {name}@{version}\n")));
}

#[test]
fn the_page_has_the_defaults_of_the_limits_that_it_names() {
    let page = page();
    let rows = section(&page, "## Sizes, times and limits")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    let mut found = 0;
    for row in rows {
        let (name, row) = row.split_once("` | ").unwrap();
        let limit = hospes::limits::TABLE
            .iter()
            .find(|limit| limit.name == name);
        let limit = limit.unwrap_or_else(|| panic!("{name}"));
        let default = limit.unit.show(limit.default);
        assert!(
            row.starts_with(&format!("{default} |")),
            "{name}: {default}"
        );
        found += 1;
    }
    assert_eq!(found, 4);
}
