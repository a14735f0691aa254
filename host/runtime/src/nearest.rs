//! The known name that looks most like a mistyped one.

/// The candidate nearest to `name`, if one is near enough to be a slip of the
/// keyboard: at most a third of the name's characters differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= name.len().max(candidate.len()))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let names = ["deadline", "memory", "requests"];
        assert_eq!(nearest("dedaline", names), Some("deadline"));
        assert_eq!(nearest("request", names), Some("requests"));
        assert_eq!(nearest("colour", names), None);
    }
}
