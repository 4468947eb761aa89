//! Sums over the octets of a packet: the internet checksum's, and SCTP's CRC-32C.

/// The ones' complement sum of the 16-bit words, modulo 65535 (RFC 1071); an odd octet at the end
/// is the upper half of a word.
///
/// Words are added up four octets at a time and in the machine's order, since 2^16 is 1 modulo
/// 65535 and a sum of swapped words is the swapped sum (RFC 1071, 2).
#[inline]
pub fn ones_sum(data: &[u8]) -> u16 {
    let (words, rest) = data.split_at(data.len() & !3);
    let mut sum: u64 = words
        .chunks_exact(4)
        .map(|word| u64::from(u32::from_ne_bytes([word[0], word[1], word[2], word[3]])))
        .sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum += u64::from(u32::from_ne_bytes(last));
    u16::from_be(remainder(sum))
}

/// A sum of words modulo 65535: 0 for what is 0 or a multiple, never 0xffff.
#[inline]
pub(crate) fn remainder(sum: u64) -> u16 {
    (sum % 65535) as u16
}

/// The internet checksum as an IPv4 header has it: 0 rather than 0xffff.
#[inline]
pub fn internet_checksum(data: &[u8]) -> u16 {
    match ones_sum(data) {
        0 => 0,
        sum => 65535 - sum,
    }
}

/// The Castagnoli polynomial, bits reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// The remainders of an octet that 0 to 7 octets follow.
static REMAINDERS: [[u32; 256]; 8] = remainders();

const fn remainders() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut octet = 0;
    while octet < 256 {
        tables[0][octet] = shifted(octet);
        octet += 1;
    }
    let mut follow = 1;
    while follow < 8 {
        octet = 0;
        while octet < 256 {
            let value = tables[follow - 1][octet];
            tables[follow][octet] = value >> 8 ^ tables[0][(value & 0xff) as usize];
            octet += 1;
        }
        follow += 1;
    }
    tables
}

#[expect(clippy::cast_possible_truncation, reason = "an octet's number")]
const fn shifted(octet: usize) -> u32 {
    let mut value = octet as u32;
    let mut bit = 0;
    while bit < 8 {
        value = value >> 1 ^ if value & 1 == 1 { POLYNOMIAL } else { 0 };
        bit += 1;
    }
    value
}

/// The CRC-32C that SCTP uses (RFC 9260, appendix A), eight octets at a time.
pub fn crc32c(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let low = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]) ^ crc;
        let high = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        crc = octet_of(7, low, 0)
            ^ octet_of(6, low, 1)
            ^ octet_of(5, low, 2)
            ^ octet_of(4, low, 3)
            ^ octet_of(3, high, 0)
            ^ octet_of(2, high, 1)
            ^ octet_of(1, high, 2)
            ^ octet_of(0, high, 3);
    }
    for octet in chunks.remainder() {
        crc = crc >> 8 ^ octet_of(0, crc ^ u32::from(*octet), 0);
    }
    !crc
}

/// The remainder of octet `number` of a word, with `follow` octets behind it.
#[inline]
fn octet_of(follow: usize, word: u32, number: usize) -> u32 {
    REMAINDERS[follow][usize::from(word.to_le_bytes()[number])]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets without a pattern.
    fn octets(count: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn a_sum_is_that_of_the_words_one_by_one() {
        let data = octets(70);
        for part in (0..=70).flat_map(|end| (0..=end.min(5)).map(move |at| (at, end))) {
            let part = &data[part.0..part.1];
            let word = |pair: &[u8]| u64::from(pair[0]) << 8 | pair.get(1).map_or(0, |&o| o.into());
            let expected = remainder(part.chunks(2).map(word).sum());
            assert_eq!(ones_sum(part), expected, "{part:?}");
        }
    }

    #[test]
    fn a_sum_of_ones_is_zero() {
        assert_eq!(ones_sum(&[0xff; 6554]), 0);
        assert_eq!(internet_checksum(&[0xff; 20]), 0);
        assert_eq!(internet_checksum(&[0, 1]), 0xfffe);
    }

    /// The check value of the catalogues, and the patterns of RFC 3720, B.4.
    #[test]
    fn a_crc_is_that_of_the_published_examples() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(b""), 0);
    }
}
