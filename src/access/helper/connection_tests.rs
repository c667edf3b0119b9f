use std::path::Path;
use std::time::Duration;

use tokio::io::{DuplexStream, WriteHalf, duplex, split};
use tokio_util::io::SyncIoBridge;

use super::*;
use crate::access::agent::serve::serve;
use crate::access::agent::wire::{Far, MAX_PAYLOAD, Scanned, Verb};
use crate::access::walk::Walked;

const SCAN: Ask = Ask { root: 0, place: Vec::new(), verb: Verb::Scan };

/// The agent's end of the talk, played by the test.
struct Agent {
    input: Pin<Box<dyn AsyncRead + Send>>,
    output: WriteHalf<DuplexStream>,
}

impl Agent {
    async fn hear(&mut self) -> Frame {
        read_frame(&mut self.input).await.expect("a frame")
    }

    async fn say(&mut self, kind: Kind, id: u32, value: &impl serde::Serialize) {
        let bytes = Frame::of(kind, id, value).and_then(|f| f.to_bytes()).expect("small");
        self.raw(&bytes).await;
    }

    async fn raw(&mut self, bytes: &[u8]) {
        self.output.write_all(bytes).await.expect("somebody reads");
    }
}

fn talk() -> (Connection, Agent) {
    let (near, far) = duplex(64 * 1024);
    let ((output, input), (theirs, ours)) = (split(near), split(far));
    let complaints = Complaints::default();
    let attached = Attached { output: Box::pin(output), complaints, input: Box::pin(input) };
    (Connection::open(attached), Agent { input: Box::pin(theirs), output: ours })
}

fn found(files: u64) -> Scanned {
    Scanned { walked: Walked { files, ..Walked::default() }, backing: None, room: None }
}

/// Waits for an answer that must not be waited for in vain.
async fn answered(replies: &mut Replies) -> Result<Frame, Error> {
    tokio::time::timeout(Duration::from_secs(10), replies.next()).await.expect("nobody waits for ever")
}

async fn ended(replies: &mut Replies) {
    let error = answered(replies).await.expect_err("there is no answer");
    assert!(error.to_string().contains("helper container ended"), "and it is said why: {error}");
}

#[tokio::test]
async fn many_questions_get_each_its_own_answer_in_any_order() {
    let (connection, mut agent) = talk();
    let mut open = Vec::new();
    for _ in 0..40 {
        open.push(connection.ask(&SCAN).await.expect("asked"));
    }
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(agent.hear().await.id);
    }
    for id in ids.iter().rev() {
        agent.say(Kind::Progress, *id, &Far { entries: 1, allocated: 2 }).await;
        agent.say(Kind::Done, *id, &found(u64::from(*id) * 10)).await;
    }
    for replies in &mut open {
        assert_eq!(answered(replies).await.expect("a progress").kind, Kind::Progress);
        let scanned: Scanned = answered(replies).await.expect("an answer").value().expect("a scan");
        assert_eq!(scanned.walked.files, u64::from(replies.id) * 10, "nobody gets another's answer");
    }
}

#[tokio::test]
async fn who_does_not_wait_any_more_says_so_and_others_go_on() {
    let (connection, mut agent) = talk();
    let dropped = connection.ask(&SCAN).await.expect("asked");
    let mut kept = connection.ask(&SCAN).await.expect("asked");
    let (first, second) = (agent.hear().await.id, agent.hear().await.id);
    drop(dropped);
    let cancel = agent.hear().await;
    assert_eq!((cancel.kind, cancel.id), (Kind::Cancel, first));
    // It was on its way already: nobody's answer disturbs nobody.
    agent.say(Kind::Done, first, &found(1)).await;
    agent.say(Kind::Done, second, &found(2)).await;
    let scanned: Scanned = answered(&mut kept).await.expect("an answer").value().expect("a scan");
    assert_eq!(scanned.walked.files, 2);
    drop(kept);
    let mut next = connection.ask(&SCAN).await.expect("asked");
    assert_eq!(agent.hear().await.kind, Kind::Ask, "what is answered is not cancelled");
    agent.say(Kind::Failed, next.id, &Failure::Io(Vec::new(), Some(5), String::new())).await;
    let error = answered(&mut next).await.expect_err("it failed");
    let is_told = matches!(&error, Error::Io { source, .. } if source.raw_os_error() == Some(5));
    assert!(is_told, "an error is told as if it had happened here: {error}");
}

#[tokio::test]
async fn an_agent_that_ends_in_the_middle_leaves_nobody_waiting() {
    let (connection, mut agent) = talk();
    let (mut a, mut b) = (connection.ask(&SCAN).await.expect("a"), connection.ask(&SCAN).await.expect("b"));
    let id = agent.hear().await.id;
    let bytes = Frame::of(Kind::Done, id, &found(3)).and_then(|f| f.to_bytes()).expect("small");
    agent.raw(&bytes[..bytes.len() - 1]).await;
    drop(agent);
    ended(&mut a).await;
    ended(&mut b).await;
    // Its end may be seen by the one who writes or by the one who waits.
    if let Ok(mut late) = connection.ask(&SCAN).await {
        ended(&mut late).await;
    }
}

#[tokio::test]
async fn what_is_no_agent_is_not_listened_to() {
    let mut huge = vec![b'!', 0, 0, 0, 1];
    huge.extend(u32::try_from(MAX_PAYLOAD + 1).expect("small").to_be_bytes());
    for garbage in [b"Segmentation fault (core dumped)\n".as_slice(), huge.as_slice()] {
        let (connection, mut agent) = talk();
        let mut replies = connection.ask(&SCAN).await.expect("asked");
        agent.hear().await;
        agent.raw(garbage).await;
        // The agent itself does not end.
        ended(&mut replies).await;
    }
}

#[tokio::test]
async fn the_end_of_the_talk_ends_the_agent_and_all_waiting() {
    let (connection, mut agent) = talk();
    let mut replies = connection.ask(&SCAN).await.expect("asked");
    agent.hear().await;
    drop(connection);
    ended(&mut replies).await;
    assert!(read_frame(&mut agent.input).await.is_err(), "the agent's input is over");
}

#[tokio::test]
async fn it_speaks_with_the_real_agent() {
    let (near, far) = duplex(1024);
    let ((output, input), (theirs, ours)) = (split(near), split(far));
    let complaints = Complaints::default();
    let connection =
        Connection::open(Attached { output: Box::pin(output), complaints, input: Box::pin(input) });
    let agent = tokio::task::spawn_blocking(move || {
        serve(&mut SyncIoBridge::new(theirs), SyncIoBridge::new(ours), Path::new("/"))
    });
    let mut open = Vec::new();
    for root in 0..50 {
        // No folder of this machine has that name.
        open.push(
            connection
                .ask(&Ask { root: 60_000 + root, place: Vec::new(), verb: Verb::Scan })
                .await
                .expect("asked"),
        );
    }
    for replies in &mut open {
        let error = answered(replies).await.expect_err("there is no such folder");
        assert!(matches!(error, Error::Missing(_)), "as if it had happened here: {error}");
    }
    drop((open, connection));
    let served = tokio::time::timeout(Duration::from_secs(10), agent).await.expect("it ends with us");
    assert!(served.expect("no panic").is_ok(), "in peace");
}

#[tokio::test]
async fn who_ends_a_question_waits_until_the_agent_has_ended_it() {
    let (connection, mut agent) = talk();
    let mut replies = connection.ask(&SCAN).await.expect("asked");
    assert_eq!(agent.hear().await.kind, Kind::Ask);
    let mut ending = Box::pin(replies.end());
    assert!(futures_util::poll!(ending.as_mut()).is_pending());
    let cancel = agent.hear().await;
    assert_eq!(cancel.kind, Kind::Cancel);
    agent.say(Kind::Progress, cancel.id, &Far { entries: 1, allocated: 2 }).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(futures_util::poll!(ending.as_mut()).is_pending(), "it is not over");
    agent.say(Kind::Failed, cancel.id, &Failure::Cancelled).await;
    tokio::time::timeout(Duration::from_secs(2), ending).await.expect("now it is");
}
