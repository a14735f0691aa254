//! The table of sessions: whose they are, and which of them go when a new one
//! needs room.

use std::collections::HashMap;

use super::conversation::Conversation;

/// A session in the table.
pub(super) struct Entry {
    pub(super) conversation: Conversation,
    /// Whether it is leased.
    pub(super) busy: bool,
    /// Whose quota it counts against: a caller's name or an address. None if
    /// nobody's.
    holder: Option<String>,
}

impl Entry {
    /// Whether it may be removed for another one, because it was never answered
    /// or has ended. One that a person is using stays.
    fn makes_room(&self) -> bool {
        !self.busy && (self.conversation.is_untouched() || self.conversation.is_ended())
    }
}

/// Every session by its id.
#[derive(Default)]
pub(super) struct Table {
    entries: HashMap<String, Entry>,
    /// How many each holder has.
    held: HashMap<String, usize>,
}

/// Why there is no room for another session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The holder's quota is used up.
    Quota,
    /// The total is used up.
    All,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.get_mut(id)
    }

    pub(super) fn insert(
        &mut self,
        id: String,
        conversation: Conversation,
        busy: bool,
        holder: Option<String>,
    ) {
        if let Some(holder) = &holder {
            *self.held.entry(holder.clone()).or_default() += 1;
        }
        let entry = Entry {
            conversation,
            busy,
            holder,
        };
        self.entries.insert(id, entry);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let entry = self.entries.remove(id);
        let Some(holder) = entry.and_then(|entry| entry.holder) else {
            return;
        };
        if let Some(count) = self.held.get_mut(&holder) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&holder);
            }
        }
    }

    /// Makes room for one more session of this holder, who may have `quota`,
    /// with `most` in total. If the quota is used up, one of the holder's own
    /// goes. Returns the ids of those that went.
    pub(super) fn make_room(
        &mut self,
        holder: Option<&str>,
        quota: usize,
        most: usize,
    ) -> Result<Vec<String>, Full> {
        let mut gone = Vec::new();
        if let Some(holder) = holder
            && self.held.get(holder).is_some_and(|held| *held >= quota)
        {
            let own = |entry: &Entry| entry.holder.as_deref() == Some(holder);
            let oldest = self.oldest(|entry| own(entry) && entry.makes_room());
            gone.push(oldest.ok_or(Full::Quota)?);
        }
        if self.entries.len() - gone.len() >= most {
            gone.push(self.oldest(Entry::makes_room).ok_or(Full::All)?);
        }
        gone.iter().for_each(|id| self.remove(id));
        Ok(gone)
    }

    /// Those that are not leased and pass the test.
    pub(super) fn idle(&self, test: impl Fn(&Conversation) -> bool) -> Vec<String> {
        let entries = self.entries.iter();
        let idle = entries.filter(|(_, entry)| !entry.busy && test(&entry.conversation));
        idle.map(|(id, _)| id.clone()).collect()
    }

    /// The one that has been idle longest, of those that pass the test.
    pub(super) fn oldest(&self, test: impl Fn(&Entry) -> bool) -> Option<String> {
        let entries = self.entries.iter().filter(|(_, entry)| test(entry));
        let oldest = entries.min_by_key(|(_, entry)| entry.conversation.seen);
        oldest.map(|(id, _)| id.clone())
    }
}
