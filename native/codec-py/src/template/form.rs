//! Forms: what untouched messages are made of and filled into (`openflow/templates/template.py`).
//!
//! A message that is sent and forgotten is the usual one. So a form keeps the message that it made
//! last, and when nobody else has kept it or looked into it, makes the next one of it. All of this
//! happens with the interpreter locked; the atomics only say so to the compiler.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use codec::{Domain, Pattern, Place};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyIterator, PyList, PyTuple, PyType};

/// The classes of untouched messages that there are native forms of: at most one for each message.
static UNTOUCHED: Mutex<Vec<Py<PyType>>> = Mutex::new(Vec::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether messages of this class are untouched, and may be for [`encode`].
#[inline]
pub(crate) fn is_untouched(class: &Bound<'_, PyType>) -> bool {
    locked(&UNTOUCHED).iter().any(|known| class.is(known))
}

/// Versions have numbers from 1 to 6.
const VERSIONS: usize = 7;

/// What an argument must be to fit a form.
enum Kind {
    /// An int from 0 to this.
    Int(u128),
    /// A member of this enumeration of ints, from 0 to this.
    Member(Py<PyType>, u128),
    /// Bytes.
    Bytes,
    /// Of this class; the form is that of its value.
    Key(Py<PyType>),
}

impl Kind {
    fn new(class: Bound<'_, PyType>, top: Option<u128>, varies: bool) -> Self {
        match top {
            _ if !varies => Self::Key(class.unbind()),
            None => Self::Bytes,
            Some(top) if class.is(class.py().get_type::<PyInt>()) => Self::Int(top),
            Some(top) => Self::Member(class.unbind(), top),
        }
    }

    /// Takes an argument, into `number` if it is one; false when it does not fit.
    #[inline]
    fn take(&self, argument: &Bound<'_, PyAny>, number: &Number) -> bool {
        match self {
            Self::Int(top) => {
                argument.is_exact_instance_of::<PyInt>() && number.take(argument, *top)
            }
            Self::Member(class, top) => {
                argument.get_type().is(class) && number.take(argument, *top)
            }
            Self::Bytes => argument.is_exact_instance_of::<PyBytes>(),
            Self::Key(class) => argument.get_type().is(class),
        }
    }
}

/// A number of up to 128 bits.
#[derive(Default)]
struct Number {
    high: AtomicU64,
    low: AtomicU64,
}

impl Number {
    #[inline]
    fn take(&self, argument: &Bound<'_, PyAny>, top: u128) -> bool {
        // The interpreter reads signed numbers faster than unsigned ones; most are small.
        let Ok(number) = argument.extract::<i64>() else { return self.take_wide(argument, top) };
        let Ok(number) = u64::try_from(number) else { return false };
        self.low.store(number, Relaxed);
        self.high.store(0, Relaxed);
        u128::from(number) <= top
    }

    #[cold]
    fn take_wide(&self, argument: &Bound<'_, PyAny>, top: u128) -> bool {
        let number = argument.extract::<u128>().ok().filter(|&number| number <= top);
        let Some(number) = number else { return false };
        let bytes = number.to_be_bytes();
        let (high, low) = bytes.split_at(8);
        let half = |half: &[u8]| half.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        self.high.store(half(high), Relaxed);
        self.low.store(half(low), Relaxed);
        true
    }

    #[inline]
    fn get(&self) -> u128 {
        u128::from(self.high.load(Relaxed)) << 64 | u128::from(self.low.load(Relaxed))
    }
}

/// A place as Python says it: argument, offset, size; last, second, end and tag of the domain.
type PlaceFields = (usize, usize, usize, u128, u128, i128, bool);

fn place((argument, offset, size, last, second, end, tag): PlaceFields) -> Place {
    let second = u128::try_from(end).ok().map(|end| (second, end));
    Place { argument, offset, size, domain: Domain { last, second, tag } }
}

/// What an untouched message holds: who made it, of what. Unpacks to form and arguments.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Kept {
    form: Py<Form>,
    numbers: Vec<Number>,
    /// The arguments themselves, unless they are all ints.
    arguments: Mutex<Option<Py<PyTuple>>>,
}

impl Kept {
    /// Takes arguments in place of those that it has; false when they do not fit.
    #[inline]
    fn take(&self, form: &Form, arguments: &Bound<'_, PyTuple>) -> bool {
        let kinds = form.kinds.iter().zip(&self.numbers);
        if arguments.len() != self.numbers.len()
            || !kinds
                .zip(arguments.iter_borrowed())
                .all(|((kind, number), argument)| kind.take(&argument, number))
        {
            return false;
        }
        if !form.only_ints {
            let _old = locked(&self.arguments).replace(arguments.clone().unbind());
        }
        true
    }
}

#[pymethods]
impl Kept {
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let given = locked(&self.arguments).as_ref().map(|arguments| arguments.clone_ref(py));
        let arguments = match given {
            Some(arguments) => arguments.into_bound(py),
            None => PyTuple::new(py, self.numbers.iter().map(Number::get))?,
        };
        (&self.form.get().twin, arguments).into_pyobject(py)?.try_iter()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.form)?;
        self.arguments.try_lock().map_or(Ok(()), |arguments| visit.call(&*arguments))
    }
}

/// The messages of a template that differ in arguments only that its function does not look at.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Form {
    /// Its counterpart in Python.
    twin: Py<PyAny>,
    /// The class of untouched messages.
    empty: Py<PyType>,
    kinds: Vec<Kind>,
    only_ints: bool,
    patterns: [OnceLock<Pattern>; VERSIONS],
    /// Which argument follows the patterns.
    rest: Option<usize>,
    /// The message made last, and what it holds.
    spare: Py<PyList>,
}

#[pymethods]
impl Form {
    /// `kinds` has each argument's class, the most that it may be if it is a number, and whether it
    /// varies.
    #[new]
    fn new(
        twin: Py<PyAny>,
        empty: &Bound<'_, PyType>,
        kinds: Vec<(Bound<'_, PyType>, Option<u128>, bool)>,
    ) -> PyResult<Self> {
        let py = empty.py();
        if !is_untouched(empty) {
            locked(&UNTOUCHED).push(empty.clone().unbind());
        }
        let kinds = kinds.into_iter().map(|(class, top, varies)| Kind::new(class, top, varies));
        let kinds: Vec<Kind> = kinds.collect();
        Ok(Self {
            twin,
            empty: empty.clone().unbind(),
            only_ints: kinds.iter().all(|kind| matches!(kind, Kind::Int(_))),
            rest: kinds.iter().position(|kind| matches!(kind, Kind::Bytes)),
            kinds,
            patterns: Default::default(),
            spare: PyList::new(py, [py.None(), py.None()])?.unbind(),
        })
    }

    /// Have a version's pattern, once and for all.
    fn add_pattern(
        &self,
        version: usize,
        frame: Vec<u8>,
        places: Vec<PlaceFields>,
    ) -> PyResult<()> {
        let pattern = Pattern::new(frame, places.into_iter().map(place).collect());
        let known = self.patterns.get(version).zip(pattern);
        let wrong = || PyValueError::new_err("a place outside of its message");
        let (slot, pattern) = known.ok_or_else(wrong)?;
        let _ = slot.set(pattern);
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.twin)?;
        visit.call(&self.empty)?;
        visit.call(&self.spare)
    }
}

/// Makes an untouched message; `None` when the arguments do not fit the form.
#[inline]
pub(crate) fn make<'py>(
    this: &Bound<'py, Form>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let form = this.get();
    let spare = form.spare.bind(this.py());
    let message = spare.get_item(0)?;
    #[expect(deprecated, reason = "the other way to ask is unsafe")]
    let only_here = message.get_refcnt() == 2; // the list's, and this one
    if !only_here || !message.get_type().is(&form.empty) {
        return make_another(this, arguments);
    }
    let kept = spare.get_item(1)?;
    let fits = kept.cast_exact::<Kept>()?.get().take(form, arguments);
    Ok(fits.then_some(message))
}

/// Makes one from nothing, since the last one is still in use.
fn make_another<'py>(
    this: &Bound<'py, Form>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (py, form) = (this.py(), this.get());
    let kept = Kept {
        form: this.clone().unbind(),
        numbers: form.kinds.iter().map(|_| Number::default()).collect(),
        arguments: Mutex::new(None),
    };
    if !kept.take(form, arguments) {
        return Ok(None);
    }
    let kept = Bound::new(py, kept)?;
    let message = form.empty.bind(py).call0()?;
    message.setattr(intern!(py, "kept"), &kept)?;
    let spare = form.spare.bind(py);
    spare.set_item(1, kept)?;
    spare.set_item(0, &message)?;
    Ok(Some(message))
}

/// Appends the bytes of an untouched message; false when it is left to Python, and nothing appended.
///
/// `message` must be an untouched one: of a class that `is_untouched` knows.
#[inline]
pub(crate) fn encode(
    message: &Bound<'_, PyAny>,
    version: u8,
    xid: u32,
    out: &mut Vec<u8>,
) -> PyResult<bool> {
    let py = message.py();
    let kept = message.getattr(intern!(py, "kept"))?;
    let Ok(kept) = kept.cast_exact::<Kept>() else { return Ok(false) };
    let kept = kept.get();
    let form = kept.form.get();
    let pattern = form.patterns.get(usize::from(version)).and_then(OnceLock::get);
    let Some(pattern) = pattern else { return Ok(false) };
    let number = |argument: usize| kept.numbers.get(argument).map(Number::get);
    let Some(place) = form.rest else {
        return Ok(pattern.fill(number, &[], xid, out));
    };
    let arguments = locked(&kept.arguments);
    let Some(arguments) = arguments.as_ref() else { return Ok(false) };
    let rest = arguments.bind(py).get_borrowed_item(place)?;
    Ok(pattern.fill(number, rest.cast::<PyBytes>()?.as_bytes(), xid, out))
}

/// The bytes of an untouched message in a version; None when it is left to Python.
#[pyfunction]
pub(crate) fn encode_untouched<'py>(
    message: &Bound<'py, PyAny>,
    version: u8,
    xid: u32,
) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let mut out = Vec::with_capacity(128);
    let filled = encode(message, version, xid, &mut out)?;
    Ok(filled.then(|| PyBytes::new(message.py(), &out)))
}
