//! Layouts compiled: what there is to read and to write in one version, as data.
//!
//! The texts that stand beside each class in the Python package (`openflow/layouts/language.py`) are the only
//! description of the bytes. `openflow/layouts/plans.py` writes all of a version as one text that takes no
//! knowledge of Python to read ([`Plan::parse`]); [`crate::read`] and [`crate::write`] run it. Objects,
//! fields, lists are whatever a [`crate::Make`] or a [`crate::Take`] has for them.
//!
//! What only Python can read or write is a class that is [`Class::is_foreign`]: its model is asked.

use std::collections::HashMap;

use crate::fixed_match::SlotNames;
use crate::oxm::Fields;
use crate::translate::Translation;

/// The lengths of lists that one structure may give.
pub(crate) const MAX_COUNTS: usize = 4;

/// All that one version has: classes, families of elements, match fields, messages.
#[derive(Debug, Default)]
pub struct Plan {
    pub(crate) version: u8,
    pub(crate) classes: Vec<Class>,
    pub(crate) families: Vec<Family>,
    pub(crate) fields: Fields,
    pub(crate) slots: SlotNames,
    pub(crate) messages: HashMap<u8, MessageType>,
    pub(crate) codes: Vec<MessageCode>,
    pub(crate) applied: Option<usize>,
}

impl Plan {
    /// The version that the header's first byte names.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Every class, in the order of the text.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Every family, in the order of the text.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// Every match field.
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Every message, in the order of the text.
    pub fn messages(&self) -> &[MessageCode] {
        &self.codes
    }
}

/// What the bytes of one class are.
#[derive(Debug, Default)]
pub struct Class {
    /// The name of the class; with `/` and a code behind it if its family has it under several.
    pub name: String,
    pub(crate) steps: Vec<Step>,
    /// Where its own length stands, if it says it.
    pub(crate) size_at: Option<usize>,
    /// How many fields the steps yield.
    pub(crate) yields: usize,
    /// How many fields of the class this version has no place for; they follow the others.
    pub(crate) absent: usize,
    pub(crate) is_foreign: bool,
}

impl Class {
    /// Whether the model reads and writes objects of this class itself.
    pub const fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// How many fields the steps yield.
    pub const fn yields(&self) -> usize {
        self.yields
    }
}

/// The elements of a kind, told apart by a type code.
#[derive(Debug, Default)]
pub struct Family {
    /// The name of the family's class.
    pub name: String,
    pub(crate) alignment: usize,
    pub(crate) padded_length: bool,
    pub(crate) length_first: bool,
    pub(crate) subtype_size: usize,
    pub(crate) members: Vec<Member>,
    pub(crate) by_code: HashMap<u16, usize>,
    pub(crate) by_subtype: HashMap<(u16, u32, u32), usize>,
    /// The codes of which some subtypes are known.
    pub(crate) vendors: Vec<u16>,
}

impl Family {
    /// Every kind of element that the version has, in the order of the text.
    pub fn members(&self) -> &[Member] {
        &self.members
    }
}

/// One kind of element.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its type code.
    pub code: u16,
    /// The index of its class.
    pub class: usize,
}

/// A message: its type, that of a multipart message, its class.
#[derive(Clone, Debug)]
pub struct MessageCode {
    /// The header's type.
    pub code: u8,
    /// What the first two bytes of a multipart message say.
    pub part: Option<u16>,
    /// The index of its class.
    pub class: usize,
}

/// What a header's type may mean.
#[derive(Debug, Default)]
pub(crate) struct MessageType {
    pub(crate) plain: Option<usize>,
    pub(crate) parts: HashMap<u16, usize>,
    /// Classes of experimenters by number and subtype, which stand at these offsets of the message.
    pub(crate) vendors: Vec<Vendor>,
}

/// An experimenter's message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vendor {
    pub(crate) part: Option<u16>,
    pub(crate) offset: usize,
    pub(crate) numbers: (u32, u32),
    pub(crate) class: usize,
}

/// What a list holds, or a field in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Class(usize),
    Family(usize),
}

/// One word of a layout; those that yield a value do so in their order.
#[derive(Debug)]
pub(crate) enum Step {
    Int(usize, Translation),
    Pad(usize),
    Literal(Vec<u8>),
    Text(usize),
    Bytes(usize),
    Rest,
    One(Type),
    Many(Type, Option<usize>),
    Ints(usize, Option<usize>),
    Size,
    Count(usize),
    Align(usize, usize),
    FixedMatch,
    Oxm,
    OxmPort,
    OxmField,
    Error,
    Applied(usize),
    Fill,
}

impl Step {
    pub(crate) const fn yields(&self) -> usize {
        match self {
            Self::Pad(_)
            | Self::Literal(_)
            | Self::Size
            | Self::Count(_)
            | Self::Align(..)
            | Self::Fill => 0,
            Self::OxmPort | Self::OxmField => 2,
            _ => 1,
        }
    }

    /// How many bytes it takes, if that is the same for all.
    pub(crate) fn width(&self) -> Option<usize> {
        match self {
            Self::Int(size, _) | Self::Pad(size) | Self::Text(size) | Self::Bytes(size) => {
                Some(*size)
            }
            Self::Literal(bytes) => Some(bytes.len()),
            Self::Size | Self::Count(_) => Some(2),
            _ => None,
        }
    }
}
