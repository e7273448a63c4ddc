//! `penstock run --follow`: a process that goes on until someone ends it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penstock::store::SqliteStore;
use penstock_simulators::shop::order::{Content, PaymentStatus};
use penstock_tests::Project;

/// How long something may take that a process in the background is to do. A slow machine needs some of it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that follows, and is killed when a test goes wrong.
struct Following(Child);

impl Following {
    fn start(project: &Project) -> Self {
        let said = std::fs::File::create(project.folder().join("said")).unwrap();
        let mut command = project.command(&[
            "run",
            "ecwid-vend.toml",
            "--connections",
            "simulators.toml",
            "--follow",
        ]);
        Self(command.stdout(Stdio::null()).stderr(said).spawn().unwrap())
    }

    /// Ends it as a person does. Answers the exit code.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to it: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_all_sold(project: &Project) -> bool {
    project.running.with_books(|books| {
        books.till_closed_sales() > 0 && books.postable_paid_orders() == books.till_closed_sales()
    })
}

fn order(project: &Project) {
    project.running.with_shop(|shop, now_ms| {
        let draft = shop.draft("mina@example.org", "SKU-0001", 1);
        shop.place(draft, PaymentStatus::Paid, Content::Sound, now_ms);
    });
}

#[test]
fn whoever_follows_takes_up_news_and_changes_of_the_file_and_ends_in_good_order() {
    let project = super::project(5, 20);
    project.edit(|text| text.replace("every = \"1m\"", "every = \"1s\"")).unwrap();
    let following = Following::start(&project);
    until("the orders that are there are posted", || is_all_sold(&project));
    order(&project);
    until("an order that comes later is posted", || is_all_sold(&project));

    let said = || std::fs::read_to_string(project.folder().join("said")).unwrap();
    project.edit(|text| text.replace("post_sales = true", "post_sales = tru")).unwrap();
    until("a file that is at fault is told", || said().contains("the file is at fault"));
    order(&project);
    until("what it was before goes on", || is_all_sold(&project));

    project.edit(|text| text.replace("post_sales = tru ", "post_sales = false ")).unwrap();
    until("a file that has changed is told", || said().contains("the file has changed"));
    let writes = project.writes();
    order(&project);
    until("the order waits for its switch", || {
        let store = SqliteStore::look(&project.store()).unwrap();
        store.waiting(&["switch"], None).unwrap().len() == 1
    });
    assert_eq!(project.writes(), writes, "nothing is sent while the switch is off");

    assert_eq!(following.interrupt(), Some(0), "{}", said());
    assert_eq!(project.run().unwrap().code, Some(0), "nothing is left locked");
}
