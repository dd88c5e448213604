//! Many texts as a queue: products × channels × languages × variants. The queue is data, and what is done is whatever
//! stands in the project; so after a kill it goes on where it was, and nothing is written twice.

use serde::{Deserialize, Serialize};

use super::brief::CopyBrief;
use super::channel::{Channel, CopyLang};

/// A batch as the project keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub brief: CopyBrief,
    pub products: Vec<String>,
    pub channels: Vec<Channel>,
    pub langs: Vec<CopyLang>,
    #[serde(default)]
    pub paused: bool,
}

/// One text to write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Task {
    pub product: String,
    pub channel: Channel,
    pub lang: CopyLang,
    pub variant: u32,
}

impl Task {
    /// The id under which the project keeps its text: the same for the same task of the same batch.
    pub fn id(&self, batch: &str) -> String {
        let (channel, lang) = (self.channel.key(), self.lang.key());
        format!("{batch}/{}/{channel}/{lang}/{}", self.product, self.variant)
    }

    /// The random stream of a task: its own, and the same whenever it is done again.
    pub fn stream(&self) -> u64 {
        let print = crate::base::Fingerprint::of(&(&self.product, self.channel, self.lang, self.variant));
        u64::from_str_radix(print.to_string().get(..15).unwrap_or("0"), 16).unwrap_or(0)
    }
}

impl Batch {
    /// All its texts in order: a product's texts stand together.
    pub fn tasks(&self) -> impl Iterator<Item = Task> + '_ {
        let langs = self.langs.iter().copied();
        self.products.iter().flat_map(move |product| {
            let langs = langs.clone();
            self.channels.iter().flat_map(move |channel| {
                langs.clone().flat_map(move |lang| {
                    (0..self.brief.variants as u32).map(move |variant| Task {
                        product: product.clone(),
                        channel: *channel,
                        lang,
                        variant,
                    })
                })
            })
        })
    }

    pub fn len(&self) -> usize {
        self.products.len() * self.channels.len() * self.langs.len() * self.brief.variants
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first task without a text, given which ids have one.
    pub fn next(&self, batch: &str, is_there: impl Fn(&str) -> bool) -> Option<Task> {
        self.tasks().find(|task| !is_there(&task.id(batch)))
    }

    /// The brief of one task: channel and language are the task's.
    pub fn brief_of(&self, task: &Task) -> CopyBrief {
        CopyBrief { channel: task.channel, lang: task.lang, ..self.brief.clone() }
    }
}

/// Seconds until `left` texts are written, from the speed so far; nothing before the first.
pub fn time_left(done: usize, seconds: f64, left: usize) -> Option<f64> {
    (done > 0 && seconds > 0.0).then(|| seconds / done as f64 * left as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn batch() -> Batch {
        Batch {
            brief: CopyBrief { variants: 2, ..CopyBrief::default() },
            products: vec!["P1".into(), "P2".into(), "P3".into()],
            channels: vec![Channel::Push, Channel::Sms],
            langs: CopyLang::ALL.to_vec(),
            paused: false,
        }
    }

    #[test]
    fn tasks_are_each_done_once_in_any_state() {
        let batch = batch();
        let mut done = BTreeSet::new();
        // As a run that is broken off anywhere and begun again would do it.
        while let Some(task) = batch.next("b1", |id| done.contains(id)) {
            assert!(done.insert(task.id("b1")));
        }
        assert_eq!((done.len(), batch.len()), (24, 24));
        let streams: BTreeSet<u64> = batch.tasks().map(|task| task.stream()).collect();
        assert_eq!(streams.len(), 24);
        let brief = batch.brief_of(&batch.tasks().nth(3).unwrap());
        assert_eq!((brief.channel, brief.lang), (Channel::Push, CopyLang::Zh));
    }

    #[test]
    fn time_left_comes_from_the_speed_so_far() {
        assert_eq!(time_left(4, 10.0, 6), Some(15.0));
        assert_eq!(time_left(0, 0.0, 6), None);
    }
}
