//! The one writer: a thread that owns the open store and writes groups of edits in the order they were made.

use std::collections::VecDeque;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{Wake, spawn};
use crate::base::Fingerprint;
use crate::base::time::Moment;
use crate::project::Edit;
use crate::store::blob::NewBlob;
use crate::store::{Store, StoreError};

enum Order {
    Group(u64, Vec<Edit>),
    Blob(NewBlob, Sender<Result<Fingerprint, StoreError>>),
    Copy(PathBuf),
    Retry,
    Close(Sender<Result<(), StoreError>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveEvent {
    /// Every group up to and including this number is on the disk.
    Saved {
        group: u64,
        at: Moment,
    },
    /// Nothing from this group on is saved; it is kept and tried again on `retry`.
    Failed {
        group: u64,
        error: StoreError,
    },
    CopySaved(PathBuf),
    CopyFailed(StoreError),
}

/// The window's handle on the writer thread.
pub struct Writer {
    orders: Sender<Order>,
    events: Receiver<SaveEvent>,
    given: u64,
}

/// A worker's way to put large content into the file. Cloneable, usable from any thread.
#[derive(Clone)]
pub struct BlobSink(Sender<Order>);

impl BlobSink {
    /// Waits until the content is written; that also keeps an import from running ahead of the disk.
    pub fn put(&self, bytes: Vec<u8>) -> Result<Fingerprint, StoreError> {
        let (reply, answer) = bounded(1);
        let closed = || StoreError::Io { path: PathBuf::new(), what: "the project has been closed".into() };
        self.0.send(Order::Blob(NewBlob::new(bytes), reply)).map_err(|_| closed())?;
        answer.recv().map_err(|_| closed())?
    }
}

impl Writer {
    pub fn start(store: Store, wake: Wake) -> std::io::Result<Self> {
        let (orders, inbox) = unbounded();
        let (outbox, events) = unbounded();
        spawn("writer", move || Thread { store, outbox, wake, waiting: VecDeque::new() }.run(&inbox))?;
        Ok(Self { orders, events, given: 0 })
    }

    /// Hands a group over; returns its number.
    pub fn write(&mut self, edits: Vec<Edit>) -> u64 {
        self.given += 1;
        self.send(Order::Group(self.given, edits));
        self.given
    }

    /// The number of the last group handed over.
    pub fn given(&self) -> u64 {
        self.given
    }

    pub fn retry(&self) {
        self.send(Order::Retry);
    }

    pub fn save_copy(&self, to: PathBuf) {
        self.send(Order::Copy(to));
    }

    pub fn blobs(&self) -> BlobSink {
        BlobSink(self.orders.clone())
    }

    pub fn drain(&self) -> Vec<SaveEvent> {
        self.events.try_iter().collect()
    }

    /// Waits for what is under way, then closes the file. An error means that something is not saved.
    pub fn close(self) -> Result<(), StoreError> {
        let (reply, answer) = bounded(1);
        self.send(Order::Close(reply));
        answer.recv().unwrap_or(Ok(()))
    }

    fn send(&self, order: Order) {
        if self.orders.send(order).is_err() {
            log::error!("the writer thread has ended");
        }
    }
}

struct Thread {
    store: Store,
    outbox: Sender<SaveEvent>,
    wake: Wake,
    /// Groups that could not be written yet, oldest first.
    waiting: VecDeque<(u64, Vec<Edit>)>,
}

impl Thread {
    fn run(mut self, inbox: &Receiver<Order>) {
        while let Ok(order) = inbox.recv() {
            match order {
                Order::Group(number, edits) => {
                    self.waiting.push_back((number, edits));
                    // After a failure nothing later may overtake: the groups wait for a retry together.
                    if self.waiting.len() == 1 {
                        self.write_waiting();
                    }
                }
                Order::Blob(blob, reply) => {
                    let written = self.store.put_blob(&blob).map(|()| blob.fingerprint);
                    let _ = reply.send(written);
                }
                Order::Copy(to) => {
                    let event = match self.store.save_copy(&to) {
                        Ok(()) => SaveEvent::CopySaved(to),
                        Err(error) => SaveEvent::CopyFailed(error),
                    };
                    self.tell(event);
                }
                Order::Retry => self.write_waiting(),
                Order::Close(reply) => {
                    self.write_waiting();
                    let lost = self.waiting.len();
                    let path = self.store.path().to_owned();
                    let closed = self.store.close();
                    let what = format!("{lost} changes could not be saved");
                    let _ = reply.send(if lost > 0 { Err(StoreError::Io { path, what }) } else { closed });
                    return;
                }
            }
        }
    }

    fn write_waiting(&mut self) {
        while let Some((number, edits)) = self.waiting.front() {
            let group = *number;
            match self.store.write(edits) {
                Ok(()) => {
                    self.waiting.pop_front();
                    self.tell(SaveEvent::Saved { group, at: Moment::now() });
                }
                Err(error) => {
                    self.tell(SaveEvent::Failed { group, error });
                    return;
                }
            }
        }
    }

    fn tell(&self, event: SaveEvent) {
        let _ = self.outbox.send(event);
        (self.wake)();
    }
}
