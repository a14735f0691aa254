//! A number of seats that may change while they are taken.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Seats of one node that all its revisions share, so that a swap never lets
/// more in than its limits say.
pub struct Seats {
    free: Semaphore,
    size: Mutex<usize>,
    /// Seats that are one too many: each is given up when somebody leaves.
    owed: AtomicUsize,
}

impl Seats {
    /// So many seats, all of them free.
    pub fn new(seats: u64) -> Seats {
        let seats = count(seats);
        Seats {
            free: Semaphore::new(seats),
            size: Mutex::new(seats),
            owed: AtomicUsize::new(0),
        }
    }

    /// Makes it as many. What is taken stays taken.
    pub fn resize(&self, seats: u64) {
        let seats = count(seats);
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let more = seats.saturating_sub(*size);
        let owed = |owed: usize| Some(owed.saturating_sub(more));
        let owed = self.owed.fetch_update(Relaxed, Relaxed, owed);
        let paid = owed.unwrap_or_default().min(more);
        self.free.add_permits(more - paid);
        let too_many = size.saturating_sub(seats);
        let taken = too_many - self.free.forget_permits(too_many);
        self.owed.fetch_add(taken, Relaxed);
        *size = seats;
    }

    /// Takes a seat, if one is free.
    pub fn try_take(&self) -> Option<Seat<'_>> {
        let permit = self.free.try_acquire().ok()?;
        Some(Seat::new(self, permit))
    }

    /// Waits for a seat: for ever, if nobody leaves.
    pub async fn take(&self) -> Option<Seat<'_>> {
        // The semaphore is never closed; were it, there would be no seat.
        let permit = self.free.acquire().await.ok()?;
        Some(Seat::new(self, permit))
    }

    /// Gives up one of the seats that are too many, if there are any.
    fn pay(&self) -> bool {
        self.owed.load(Relaxed) > 0
            && self
                .owed
                .fetch_update(Relaxed, Relaxed, |owed| owed.checked_sub(1))
                .is_ok()
    }
}

fn count(seats: u64) -> usize {
    let seats = usize::try_from(seats).unwrap_or(usize::MAX);
    seats.min(Semaphore::MAX_PERMITS)
}

/// A seat that is taken.
pub struct Seat<'a> {
    seats: &'a Seats,
    permit: Option<SemaphorePermit<'a>>,
}

impl<'a> Seat<'a> {
    fn new(seats: &'a Seats, permit: SemaphorePermit<'a>) -> Seat<'a> {
        Seat {
            seats,
            permit: Some(permit),
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if self.seats.pay()
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_seats_hold_as_soon_as_somebody_leaves() {
        let seats = Seats::new(3);
        let taken: Vec<_> = (0..4).map_while(|_| seats.try_take()).collect();
        assert_eq!(taken.len(), 3);
        seats.resize(1);
        let mut taken = taken.into_iter();
        drop(taken.next());
        assert!(seats.try_take().is_none(), "two are still taken");
        drop(taken.next());
        assert!(seats.try_take().is_none(), "one is still taken");
        drop(taken.next());
        let last = seats.try_take().unwrap();
        assert!(seats.try_take().is_none());
        drop(last);
        assert!(seats.try_take().is_some());
    }

    #[test]
    fn more_seats_are_there_at_once_even_if_some_were_owed() {
        let seats = Seats::new(2);
        let first = (seats.try_take().unwrap(), seats.try_take().unwrap());
        seats.resize(1);
        seats.resize(3);
        let third = seats.try_take().unwrap();
        assert!(seats.try_take().is_none());
        drop((first, third));
        let all: Vec<_> = (0..4).map_while(|_| seats.try_take()).collect();
        assert_eq!(all.len(), 3);
    }
}
