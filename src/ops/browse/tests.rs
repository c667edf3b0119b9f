//! The worker on the demo, from an ask to its news.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::domain::access::Way;
use crate::domain::files_news::Seen;
use crate::domain::place::Place;
use crate::engine::demo::Demo;

struct Talk {
    browser: Browser,
    engine: SharedEngine,
    out: mpsc::Sender<Observation>,
    news: mpsc::Receiver<Observation>,
    volume: Volume,
}

async fn talk(name: &str) -> Talk {
    let demo: SharedEngine = Arc::new(Demo::still(Timestamp::UNIX_EPOCH));
    let inventory = demo.list().await.expect("the demo lists");
    let volume = inventory.volumes.iter().find(|v| v.name == name).expect("there").clone();
    let (out, news) = mpsc::channel(64);
    Talk { browser: Browser::default(), engine: demo, out, news, volume }
}

impl Talk {
    async fn ask(&mut self, ask: FilesAsk) {
        self.browser.take(&self.engine, &self.out, 1, ask).await;
    }

    async fn next(&mut self) -> FilesNews {
        let next = tokio::time::timeout(Duration::from_secs(10), self.news.recv()).await;
        match next.expect("in time").expect("the worker lives") {
            Observation::Files(1, news) => news,
            other => panic!("{other:?}"),
        }
    }
}

fn place(path: &str) -> Place {
    Place::parse(path.as_bytes()).expect("a path")
}

#[tokio::test]
async fn a_volume_is_opened_listed_weighed_and_looked_into() {
    let mut talk = talk("shop_postgres-data").await;
    talk.ask(FilesAsk::Open(Box::new(talk.volume.clone()))).await;
    assert_eq!(talk.next().await, FilesNews::Opened(Ok(Way::Demo)));
    talk.ask(FilesAsk::List(Place::root())).await;
    let FilesNews::Listed { outcome: Ok(listing), .. } = talk.next().await else { panic!("a listing") };
    assert!(listing.find(b"PG_VERSION").is_some());
    talk.ask(FilesAsk::Weigh(Place::root())).await;
    let FilesNews::Weighed { weights, .. } = talk.next().await else { panic!("weights") };
    assert!(weights.iter().any(|(name, weight)| name == b"base" && weight.apparent > 1 << 30));
    assert!(matches!(talk.next().await, FilesNews::AllWeighed { outcome: Ok(()), .. }));
    talk.ask(FilesAsk::Preview { place: place("PG_VERSION"), from: 0 }).await;
    let FilesNews::Previewed { outcome: Ok(Seen::Bytes { bytes, .. }), .. } = talk.next().await else {
        panic!("bytes")
    };
    assert_eq!(&*bytes, b"16\n");
    talk.ask(FilesAsk::Preview { place: place(".s.PGSQL.5432"), from: 0 }).await;
    assert!(matches!(talk.next().await, FilesNews::Previewed { outcome: Ok(Seen::Described(_)), .. }));
}

#[tokio::test(start_paused = true)]
async fn a_folder_under_the_cursor_is_weighed_when_the_cursor_rests() {
    let mut talk = talk("shop_postgres-data").await;
    talk.ask(FilesAsk::Open(Box::new(talk.volume.clone()))).await;
    talk.next().await;
    talk.ask(FilesAsk::Preview { place: place("pg_wal"), from: 0 }).await;
    talk.ask(FilesAsk::Preview { place: place("base"), from: 0 }).await;
    let mut is_whole = false;
    while !is_whole {
        let FilesNews::Previewed { place: about, outcome: Ok(Seen::Folder { weights, is_whole: whole, .. }) } =
            talk.next().await
        else {
            panic!("a folder")
        };
        is_whole = whole;
        if about == place("pg_wal") {
            assert!(!is_whole, "what was left is not weighed any more");
        }
        assert!(!is_whole || weights.iter().any(|(name, _)| name == b"16384"));
    }
}

#[tokio::test]
async fn nothing_is_answered_by_silence() {
    let mut talk = talk("shop_postgres-data").await;
    talk.ask(FilesAsk::List(Place::root())).await;
    assert!(matches!(talk.next().await, FilesNews::Listed { outcome: Err(_), .. }), "nothing is open");
    talk.ask(FilesAsk::Open(Box::new(Volume { name: "gone".to_owned(), ..Volume::default() }))).await;
    assert!(matches!(talk.next().await, FilesNews::Opened(Err(_))));
    talk.ask(FilesAsk::Open(Box::new(talk.volume.clone()))).await;
    assert!(matches!(talk.next().await, FilesNews::Opened(Ok(_))));
    talk.ask(FilesAsk::List(place("PG_VERSION"))).await;
    let FilesNews::Listed { outcome: Err(trouble), .. } = talk.next().await else { panic!("no folder") };
    assert!(trouble.cause.contains("a file, no folder"), "{trouble}");
    talk.ask(FilesAsk::Get { place: place("base"), to: "/nowhere".into(), replace: false }).await;
    loop {
        match talk.next().await {
            FilesNews::Copying { .. } => {}
            FilesNews::CopyEnded(Err(trouble)) => {
                assert!(trouble.cause.contains("made up"), "{trouble}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}
