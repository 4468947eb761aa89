//! What a fake switch says when it is asked something.

use std::collections::HashMap;

use crate::wire::{XID, kind, put, u16_at};

/// The answer to one kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request itself, with another type: barriers, roles.
    Mirror(u8),
    /// These bytes, with the request's transaction number, and the switch's datapath id at a place.
    Fixed {
        /// The message.
        message: Vec<u8>,
        /// Where the datapath id is put, if it has one.
        dpid_at: Option<usize>,
    },
}

/// The answers to all requests that are known, by type and, for multipart requests, the part.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    known: HashMap<(u8, Option<u16>), Answer>,
}

impl Answers {
    /// Knows the answer to echo requests.
    pub fn new() -> Self {
        let mut answers = Self::default();
        answers.insert(kind::ECHO_REQUEST, None, Answer::Mirror(kind::ECHO_REPLY));
        answers
    }

    /// Learns an answer to a type of request: to those whose body begins with these 16 bits, or to
    /// any other.
    pub fn insert(&mut self, kind: u8, part: Option<u16>, answer: Answer) {
        self.known.insert((kind, part), answer);
    }

    /// Appends the answer of a switch to what it has to send; nothing for what is no request.
    pub(crate) fn answer(&self, request: &[u8], dpid: u64, output: &mut Vec<u8>) {
        let start = output.len();
        match self.find(request) {
            None => {}
            Some(Answer::Mirror(kind)) => {
                output.extend_from_slice(request);
                output[start + 1] = *kind;
            }
            Some(Answer::Fixed { message, dpid_at }) => {
                output.extend_from_slice(message);
                output[start + XID..start + XID + 4].copy_from_slice(&request[XID..XID + 4]);
                if let Some(at) = dpid_at {
                    put(&mut output[start..], *at, dpid.to_be_bytes());
                }
            }
        }
    }

    fn find(&self, request: &[u8]) -> Option<&Answer> {
        let kind = request[1];
        let exact = self.known.get(&(kind, u16_at(request, 8)));
        exact.or_else(|| self.known.get(&(kind, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(answers: &Answers, request: &[u8]) -> Vec<u8> {
        let mut output = vec![0xee];
        answers.answer(request, 0x0102, &mut output);
        output.split_off(1)
    }

    #[test]
    fn an_echo_comes_back_with_its_data() {
        let request = [4, 2, 0, 10, 0, 0, 0, 7, 0xab, 0xcd];
        assert_eq!(answered(&Answers::new(), &request), [4, 3, 0, 10, 0, 0, 0, 7, 0xab, 0xcd]);
    }

    #[test]
    fn an_answer_has_the_number_of_its_request_and_the_datapath_id() {
        let mut answers = Answers::new();
        let message = vec![1, 6, 0, 16, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9];
        answers.insert(5, None, Answer::Fixed { message, dpid_at: Some(8) });
        let answer = answered(&answers, &[1, 5, 0, 8, 1, 2, 3, 4]);
        assert_eq!(answer, [1, 6, 0, 16, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn a_part_that_is_not_known_has_the_answer_of_all_others() {
        let mut answers = Answers::new();
        let fixed = |octet| Answer::Fixed { message: vec![octet; 8], dpid_at: None };
        answers.insert(18, Some(13), fixed(1));
        answers.insert(18, None, fixed(2));
        assert_eq!(answered(&answers, &[4, 18, 0, 10, 0, 0, 0, 0, 0, 13])[0], 1);
        assert_eq!(answered(&answers, &[4, 18, 0, 10, 0, 0, 0, 0, 0, 12])[0], 2);
        assert_eq!(answered(&answers, &[4, 13, 0, 8, 0, 0, 0, 0]), []);
    }
}
