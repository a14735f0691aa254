//! Memory for the objects behind a guest's handles. wasmtime keeps them in a
//! table, and adds to it without asking. But it asks for the table at each
//! call: so the table always has room for one more call, and that room is
//! reserved in advance.

use hospes_egress::shares::Holding;
use wasmtime::component::ResourceTable;

use crate::limits::Limits;

/// Handles that are paid for when the store is made.
const FIRST: usize = 8;
/// The most handles that one call adds.
const PER_CALL: usize = 4;

/// The most bytes that a plain object takes, such as a stream or a timer.
const PLAIN: u64 = 1 << 10;
/// Bytes that are buffered between a guest that writes a body and the host.
const BODY: u64 = 16 << 10;
/// The memory that a header takes besides its texts.
const HEADER: u64 = 128;

/// The part of the shared memory that the handles of one attempt have.
pub(super) struct Handles {
    memory: Holding,
    /// The charge for each handle.
    cost: u64,
    cost_of_http: u64,
    paid: usize,
    most: usize,
    /// Calls until the handles have to be counted again.
    calls: usize,
}

impl Handles {
    pub(super) fn new(limits: &Limits, memory: Holding) -> Handles {
        let headers =
            limits.egress.request_header_bytes + HEADER * (limits.egress.request_headers + 2);
        let most = usize::try_from(limits.handles).unwrap_or(usize::MAX);
        Handles {
            memory,
            cost: PLAIN,
            cost_of_http: BODY + headers,
            paid: FIRST.min(most),
            most,
            calls: 0,
        }
    }

    /// A table with room for only what is paid for.
    pub(super) fn table(&self) -> ResourceTable {
        let mut table = ResourceTable::new();
        table.set_max_capacity(self.paid);
        table
    }

    /// Makes sure that the table has room for one more call, of `wasi:http` if
    /// `http` is set. `false` if the host has no memory for that.
    pub(super) fn make_room(&mut self, table: &mut ResourceTable, http: bool) -> bool {
        if http && self.cost < self.cost_of_http {
            // From now on, every handle may hold headers or a body.
            let more = self.cost_of_http - self.cost;
            if !self.memory.take(more * self.paid as u64) {
                return false;
            }
            self.cost = self.cost_of_http;
        }
        if self.paid == self.most {
            return true;
        }
        if self.calls > 0 {
            self.calls -= 1;
            return true;
        }
        let held = table.iter_mut().count();
        if self.paid < held + PER_CALL {
            let more = self.paid.min(self.most - self.paid);
            if !self.memory.take(self.cost * more as u64) {
                return false;
            }
            self.paid += more;
            table.set_max_capacity(self.paid);
        }
        // This call uses up one of the calls that there is room for.
        self.calls = (self.paid.saturating_sub(held) / PER_CALL).saturating_sub(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hospes_egress::shares::Share;

    /// How many handles are held when there is no room for more, and whether
    /// the host had none.
    fn fill(limits: &Limits, memory: u64, http: bool) -> (usize, bool) {
        let share = Share::alone(memory);
        let mut handles = Handles::new(limits, share.holding());
        let mut table = handles.table();
        for held in 0.. {
            if !handles.make_room(&mut table, http) {
                return (held, true);
            }
            if table.push(()).is_err() {
                return (held, false);
            }
        }
        unreachable!("there is an end");
    }

    #[test]
    fn handles_are_paid_for_before_they_are_there_and_end_with_their_limit() {
        let mut limits = Limits::default();
        for most in [16, 100, 256] {
            limits.handles = most;
            let all = (most as usize, false);
            assert_eq!(fill(&limits, 1 << 30, false), all);
            assert_eq!(fill(&limits, 1 << 30, true), all);
        }
        let cost = Handles::new(&limits, Share::alone(0).holding()).cost_of_http;
        for (memory, http) in [(64 * PLAIN, false), (64 * cost, true)] {
            let (held, short) = fill(&limits, memory, http);
            assert!(short && (32..=64).contains(&held), "{held} {http}");
        }
        assert_eq!(fill(&limits, cost, true), (0, true));
    }

    #[test]
    fn a_call_never_finds_less_room_than_it_may_need() {
        let limits = Limits::default();
        let mut handles = Handles::new(&limits, Share::alone(1 << 30).holding());
        let mut table = handles.table();
        for _ in 0..limits.handles / PER_CALL as u64 {
            assert!(handles.make_room(&mut table, true));
            for _ in 0..PER_CALL {
                table.push(()).unwrap();
            }
        }
        assert!(table.push(()).is_err());
    }
}
