//! Of the protocol itself only what is the same in every version (`OpenFlow` 1.3.5, 7.1 and A).

/// The types of messages that every version numbers alike.
pub(crate) mod kind {
    pub(crate) const ERROR: u8 = 1;
    pub(crate) const ECHO_REQUEST: u8 = 2;
    pub(crate) const ECHO_REPLY: u8 = 3;
    pub(crate) const FEATURES_REQUEST: u8 = 5;
    pub(crate) const PACKET_IN: u8 = 10;
    pub(crate) const PACKET_OUT: u8 = 13;
    pub(crate) const FLOW_MOD: u8 = 14;
}

/// `OFP_NO_BUFFER`.
pub(crate) const NO_BUFFER: u32 = u32::MAX;
/// Where the transaction's number is in a header.
pub(crate) const XID: usize = 4;
/// Where a packet-out names its buffer.
pub(crate) const PACKET_OUT_BUFFER: usize = 8;

/// The 16 bits at a place, if the message is that long.
pub(crate) fn u16_at(message: &[u8], at: usize) -> Option<u16> {
    message.get(at..at + 2).and_then(|octets| octets.try_into().ok()).map(u16::from_be_bytes)
}

/// The 32 bits at a place, if the message is that long.
#[inline]
pub(crate) fn u32_at(message: &[u8], at: usize) -> Option<u32> {
    message.get(at..at + 4).and_then(|octets| octets.try_into().ok()).map(u32::from_be_bytes)
}

/// Writes octets at a place that is inside the message.
#[inline]
pub(crate) fn put<const N: usize>(message: &mut [u8], at: usize, octets: [u8; N]) {
    message[at..at + N].copy_from_slice(&octets);
}

/// The text of an error message: its numbers, and its data where that is text.
pub(crate) fn error_text(message: &[u8]) -> String {
    let [kind, code] = [8, 10].map(|at| u16_at(message, at).unwrap_or_default());
    let data = String::from_utf8_lossy(message.get(12..).unwrap_or_default());
    let data = data.trim_matches(|character: char| character.is_control());
    let readable = !data.is_empty() && data.chars().all(|character| !character.is_control());
    let words = if readable { format!(", {data}") } else { String::new() };
    format!("error of type {kind}, code {code}{words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_text() {
        let mut message = vec![1, 1, 0, 24, 0, 0, 0, 1, 0, 0, 0, 3];
        assert_eq!(error_text(&message), "error of type 0, code 3");
        message.extend(b"we speak 1.3");
        assert_eq!(error_text(&message), "error of type 0, code 3, we speak 1.3");
        message.extend([7, 0xff, 3]);
        assert_eq!(error_text(&message[..9]), "error of type 0, code 0");
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        assert_eq!(u32_at(&[0; 11], 8), None);
        assert_eq!(u16_at(&[0, 1, 2], 1), Some(0x0102));
    }
}
