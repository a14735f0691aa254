//! Finds many patterns in a stream of bytes in one pass (the Aho-Corasick
//! automaton).
//!
//! It is written here because its patterns are secrets: the bytes are wiped
//! when it is dropped, which no library does.

use zeroize::Zeroizing;

/// The state in which a search begins.
pub(crate) const START: u32 = 0;

/// Patterns as a trie, with the state to continue from when a byte does not
/// match.
pub(crate) struct Automaton {
    /// What the start state does with each byte.
    root: Zeroizing<Vec<u32>>,
    /// The byte that leads to each state.
    bytes: Zeroizing<Vec<u8>>,
    states: Vec<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// The first of its child states, and its next sibling.
    child: u32,
    sibling: u32,
    /// The state of the longest proper suffix of this state's bytes that begins
    /// a pattern.
    fail: u32,
    /// The nearest state along `fail`, this one included, that ends a pattern,
    /// or the start.
    out: u32,
    /// The pattern that ends here, if `out` is this state.
    pattern: u32,
}

impl Automaton {
    /// An automaton for these patterns. None may be empty, and no two equal.
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p [u8]> + Clone) -> Automaton {
        // Sized beforehand, so that growing leaves no copies behind.
        let size = patterns.clone().map(<[u8]>::len).sum::<usize>() + 1;
        let mut automaton = Automaton {
            root: Zeroizing::new(vec![START; 256]),
            bytes: Zeroizing::new(Vec::with_capacity(size)),
            states: Vec::with_capacity(size),
        };
        automaton.add(0);
        for (number, pattern) in patterns.enumerate() {
            automaton.insert(pattern, number as u32);
        }
        automaton.link();
        automaton
    }

    /// The state after one more byte.
    pub(crate) fn step(&self, mut state: u32, byte: u8) -> u32 {
        while state != START {
            let mut child = self.state(state).child;
            while child != START {
                if self.bytes.get(child as usize) == Some(&byte) {
                    return child;
                }
                child = self.state(child).sibling;
            }
            state = self.state(state).fail;
        }
        self.root.get(usize::from(byte)).copied().unwrap_or(START)
    }

    /// Whether any pattern ends in this state.
    pub(crate) fn ends(&self, state: u32) -> bool {
        self.state(state).out != START
    }

    /// The patterns that end in this state, by their numbers, the longest first.
    pub(crate) fn patterns(&self, state: u32) -> impl Iterator<Item = usize> + '_ {
        let mut at = self.state(state).out;
        std::iter::from_fn(move || {
            if at == START {
                return None;
            }
            let State { fail, pattern, .. } = self.state(at);
            at = self.state(fail).out;
            Some(pattern as usize)
        })
    }

    fn state(&self, state: u32) -> State {
        self.states.get(state as usize).copied().unwrap_or_default()
    }

    fn change(&mut self, state: u32, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.states.get_mut(state as usize) {
            change(state);
        }
    }

    fn add(&mut self, byte: u8) -> u32 {
        let state = self.states.len() as u32;
        self.bytes.push(byte);
        self.states.push(State::default());
        state
    }

    fn child(&self, state: u32, byte: u8) -> Option<u32> {
        let mut child = self.state(state).child;
        while child != START && self.bytes.get(child as usize) != Some(&byte) {
            child = self.state(child).sibling;
        }
        (child != START).then_some(child)
    }

    fn insert(&mut self, pattern: &[u8], number: u32) {
        let mut state = START;
        for &byte in pattern {
            state = self.child(state, byte).unwrap_or_else(|| {
                let new = self.add(byte);
                let first = self.state(state).child;
                self.change(new, |new| new.sibling = first);
                self.change(state, |state| state.child = new);
                if state == START
                    && let Some(entry) = self.root.get_mut(usize::from(byte))
                {
                    *entry = new;
                }
                new
            });
        }
        self.change(state, |end| {
            end.pattern = number;
            end.out = state;
        });
    }

    /// Sets `fail` of every state, those near the start first.
    fn link(&mut self) {
        let mut queue = std::collections::VecDeque::from([START]);
        while let Some(parent) = queue.pop_front() {
            let mut child = self.state(parent).child;
            while child != START {
                let byte = self.bytes.get(child as usize).copied().unwrap_or_default();
                let fail = if parent == START {
                    START
                } else {
                    self.step(self.state(parent).fail, byte)
                };
                let beyond = self.state(fail).out;
                self.change(child, |child| child.fail = fail);
                if self.state(child).out == START {
                    self.change(child, |child| child.out = beyond);
                }
                queue.push_back(child);
                child = self.state(child).sibling;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize)> {
        let automaton = Automaton::new(patterns.iter().map(|pattern| pattern.as_bytes()));
        let mut state = START;
        let mut found = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            state = automaton.step(state, byte);
            assert_eq!(
                automaton.ends(state),
                automaton.patterns(state).next().is_some()
            );
            found.extend(automaton.patterns(state).map(|pattern| (pattern, at + 1)));
        }
        found
    }

    #[test]
    fn every_occurrence_of_every_pattern_is_found() {
        type Case<'c> = (&'c [&'c str], &'c str, &'c [(usize, usize)]);
        let cases: &[Case<'_>] = &[
            (&[], "abc", &[]),
            (
                &["he", "she", "his", "hers"],
                "ushers",
                &[(1, 4), (0, 4), (3, 6)],
            ),
            (&["aa"], "aaaa", &[(0, 2), (0, 3), (0, 4)]),
            (&["abcd", "bc"], "abcabcd", &[(1, 3), (1, 6), (0, 7)]),
            (&["abab", "ba"], "ababab", &[(1, 3), (0, 4), (1, 5), (0, 6)]),
        ];
        for (patterns, text, expected) in cases {
            let mut found = found(patterns, text);
            let mut expected = expected.to_vec();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{patterns:?}");
        }
    }

    #[test]
    fn it_finds_what_a_plain_search_finds() {
        // All short texts over two letters, and all patterns of up to four.
        let words = |length: u32| {
            (0..1_u32 << length).map(move |bits| -> String {
                (0..length)
                    .map(|bit| if bits >> bit & 1 == 1 { 'b' } else { 'a' })
                    .collect()
            })
        };
        let patterns: Vec<String> = (1..=4).flat_map(words).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        for text in words(9) {
            let mut expected = Vec::new();
            for (number, pattern) in patterns.iter().enumerate() {
                let ends = (0..=text.len()).filter(|end| text[..*end].ends_with(pattern));
                expected.extend(ends.map(|end| (number, end)));
            }
            let mut found = found(&patterns, &text);
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{text}");
        }
    }
}
