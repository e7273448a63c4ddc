//! The book in `docs/`: each example in it does what the page says.
//!
//! - A `toml,pipeline` block is a pipeline file, and is checked. `toml,piece` is a part of one: each of its keys takes
//!   the place of that key in the bundled file, stages being found by their ids, and all of it is checked.
//! - A `toml,case` block is played on the last pipeline of its page, else on the bundled one; what stands in `[expect]`
//!   must come true, and a `text,snapshot` block after it is what its snapshot says.
//! - The commands of a page's `console` blocks are done one after another in one folder, beside simulators. Each exits
//!   with 0, or as `# exit N` behind it says. Lines below it are what it prints; `...` stands for anything.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::shell::Shell;
use super::world;

struct Block {
    /// As `toml,case`.
    form: String,
    text: String,
    line: usize,
}

fn book() -> PathBuf {
    xtask::root().join("docs/src")
}

/// Pages by their place in the book.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut folders = vec![book()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(book()).unwrap().display().to_string();
                pages.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(form) if !open => {
                let (form, text, line) = (form.trim().to_owned(), String::new(), at + 1);
                blocks.push(Block { form, text, line });
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let text = &mut blocks.last_mut().unwrap().text;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// The bundled file with the keys of a piece in it; stages are found by their ids.
fn pieced(piece: &str) -> String {
    let bundled = std::fs::read_to_string(xtask::root().join("pipelines/ecwid-vend.toml")).unwrap();
    let mut whole: Table = toml::from_str(&bundled).unwrap();
    let piece: Table = toml::from_str(piece).unwrap();
    for (name, value) in piece {
        match (whole.entry(&name).or_insert_with(|| Value::Array(Vec::new())), value) {
            (Value::Array(stages), Value::Array(new)) => {
                for stage in new {
                    match stages.iter_mut().find(|old| old["id"] == stage["id"]) {
                        Some(Value::Table(old)) => merge(old, stage.as_table().unwrap().clone()),
                        _ => stages.push(stage),
                    }
                }
            }
            (Value::Table(old), Value::Table(new)) => merge(old, new),
            (old, new) => *old = new,
        }
    }
    toml::to_string(&whole).unwrap()
}

fn merge(old: &mut Table, new: Table) {
    for (name, value) in new {
        match (old.get_mut(&name), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, new) => drop(old.insert(name, new)),
        }
    }
}

/// Whether a text is as it is told, where `...` stands for anything: in a line, or for whole lines.
fn is_told(told: &[&str], text: &[&str]) -> bool {
    match (told, text) {
        ([], text) => text.is_empty(),
        (["...", rest @ ..], text) => (0..=text.len()).any(|from| is_told(rest, &text[from..])),
        ([line, rest @ ..], [first, others @ ..]) => is_line(line, first) && is_told(rest, others),
        (_, []) => false,
    }
}

fn is_line(told: &str, line: &str) -> bool {
    let (told, line) = (told.trim_end(), line.trim_end());
    let Some((begin, rest)) = told.split_once("...") else { return told == line };
    let Some(line) = line.strip_prefix(begin) else { return false };
    (0..=line.len()).filter(|at| line.is_char_boundary(*at)).any(|at| is_line(rest, &line[at..]))
}

#[track_caller]
fn compare(told: &str, text: &str, place: &str) {
    let lines = |text: &'static str| text.trim_end().lines().collect::<Vec<_>>();
    let [told_lines, text_lines] = [told, text].map(|it| lines(it.to_owned().leak()));
    assert!(is_told(&told_lines, &text_lines), "{place} says:\n\n{told}\nand it is:\n\n{text}");
}

/// Does the commands of a block.
fn type_in(shell: &mut Shell, block: &Block, page: &str) {
    for command in format!("\n{}", block.text).split("\n$ ").skip(1) {
        let (line, told) = command.split_once('\n').unwrap_or((command, ""));
        let (line, code) = match line.split_once("# exit ") {
            Some((line, code)) => (line.trim(), code.trim().parse().unwrap()),
            None => (line.trim(), 0),
        };
        let said = shell.run(line);
        let place = format!("{page}:{}: `{line}`", block.line);
        assert_eq!(said.code, code, "{place}\n{}", said.text);
        if !told.trim().is_empty() {
            compare(told, &shell.plain(&said.text), &place);
        }
    }
}

/// Plays a case on a pipeline, and answers its snapshot.
fn play(pipeline: &str, case: &str, place: &str) -> String {
    let mut shell = Shell::new();
    std::fs::create_dir(shell.at().join("a.tests")).unwrap();
    std::fs::write(shell.at().join("a.toml"), pipeline).unwrap();
    std::fs::write(shell.at().join("a.tests/case.toml"), case).unwrap();
    let said = shell.run("penstock test a.toml --accept");
    assert_eq!(said.code, 0, "{place}\n{}", said.text);
    std::fs::read_to_string(shell.at().join("a.tests/case.snap")).unwrap()
}

fn check(pipeline: &str, place: &str) {
    let mut shell = Shell::new();
    std::fs::write(shell.at().join("a.toml"), pipeline).unwrap();
    let said = shell.run("penstock check a.toml");
    assert_eq!(said.code, 0, "{place}\n{}", said.text);
}

/// Tries everything that a page shows, and answers how much that was.
fn try_page(name: &str, page: &str) -> usize {
    let mut shell: Option<Shell> = None;
    let mut pipeline = pieced("");
    let mut snapshot = None;
    let mut tried = 0;
    for block in blocks(page) {
        let place = format!("{name}:{}", block.line);
        match block.form.as_str() {
            "toml,pipeline" | "toml,piece" => {
                pipeline = match block.form.as_str() {
                    "toml,piece" => pieced(&block.text),
                    _ => block.text,
                };
                check(&pipeline, &place);
            }
            "toml,case" => snapshot = Some(play(&pipeline, &block.text, &place)),
            "text,snapshot" => compare(&block.text, snapshot.as_deref().unwrap(), &place),
            "console" => {
                let shell = shell.get_or_insert_with(|| Shell::with_simulators(world(1, 20)));
                type_in(shell, &block, name);
            }
            // What is typed elsewhere than in a project, and texts to look at.
            "sh" | "text" | "rust" | "json" | "toml" => continue,
            other => panic!("{place}: a block of `{other}`, which nothing tries"),
        }
        tried += 1;
    }
    tried
}

#[test]
fn each_example_of_the_book_does_what_the_page_says() {
    let mut tried = 0;
    for (name, page) in pages() {
        tried += try_page(&name, &page);
    }
    assert!(tried >= 20, "only {tried} examples");
}

#[test]
fn the_book_lists_its_pages_and_its_links_lead_somewhere() {
    let pages = pages();
    let (_, summary) = pages.iter().find(|(name, _)| name == "SUMMARY.md").unwrap();
    for (name, page) in &pages {
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("]({name})")),
            "{name} is not in SUMMARY.md"
        );
        let folder = book().join(Path::new(name).parent().unwrap());
        for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => book().join(name),
                file => folder.join(file).canonicalize().unwrap_or_default(),
            };
            // What is no page of the book is not there once it is built.
            let page = pages.iter().find(|(name, _)| book().join(name) == target);
            let (_, page) = page.unwrap_or_else(|| panic!("{name}: `{link}` leads nowhere"));
            let is_there = anchor.is_empty() || anchors(page).any(|known| known == anchor);
            assert!(is_there, "{name}: no heading is `{link}`");
        }
    }
}

/// The headings of a page, as links name them.
fn anchors(page: &str) -> impl Iterator<Item = String> {
    let headings = page.lines().filter(|line| line.starts_with('#') && line.contains("# "));
    headings.map(|line| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let letters =
            text.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        letters.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    })
}

#[test]
fn each_key_of_a_pipeline_file_is_told() {
    let keys = xtask::root().join("host/src/pipeline/file/keys.rs");
    let keys = std::fs::read_to_string(keys).unwrap();
    let page = std::fs::read_to_string(book().join("pipeline-file.md")).unwrap();
    let lists = keys.lines().filter(|line| !line.trim_start().starts_with("//"));
    let keys: Vec<&str> = lists.flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "pipeline-file.md does not tell `{key}`");
    }
}

#[test]
fn the_pages_of_connectors_are_what_the_connectors_say() {
    let connectors = xtask::connectors().unwrap();
    let made = xtask::pages::pages(Path::new(super::BINARY), &connectors).unwrap();
    assert!(made.len() >= 5, "{made:?}");
    for (name, page) in made {
        let place = xtask::pages::folder().join(&name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&place, &page).unwrap();
        }
        let kept = std::fs::read_to_string(place).unwrap_or_default();
        assert!(
            kept == page,
            "docs/src/connectors/{name} is not what it would be: cargo xtask docs"
        );
    }
}

#[test]
fn what_the_harness_compares_can_differ() {
    assert!(is_told(&["a", "...", "z"], &["a", "b", "c", "z"]));
    assert!(is_told(&["a ... c", "..."], &["a b b c"]));
    assert!(!is_told(&["a", "...", "z"], &["a", "z", "b"]));
    assert!(!is_told(&["a"], &["a", "b"]) && !is_told(&["a", "b"], &["a"]));
    assert!(!is_line("a ... c", "a b d") && is_line("... c", "a c c"));
}
