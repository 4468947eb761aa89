//! Templates: calls that make messages nobody looks at before they are sent.
//!
//! `openflow/templates.py` traces a function, and finds and proves where its arguments stand in the
//! bytes; what has been found there is done here. A call that fits a form makes an untouched message
//! (`openflow/untouched.py`) of its arguments, and sending that one fills them into a pattern. All
//! else is left to Python.
//!
//! A message that is sent and forgotten is the usual one. So a form keeps the message that it made
//! last, and when nobody else has kept it or looked into it, makes the next one of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use codec::{Domain, Pattern, Place};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyTuple, PyType};

/// The classes of untouched messages that there are native forms of: at most one for each message.
static UNTOUCHED: Mutex<Vec<Py<PyType>>> = Mutex::new(Vec::new());

fn untouched() -> MutexGuard<'static, Vec<Py<PyType>>> {
    UNTOUCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether messages of this class are untouched, and may be for [`encode`].
#[inline]
pub(crate) fn is_untouched(class: &Bound<'_, PyType>) -> bool {
    untouched().iter().any(|known| class.is(known))
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

    /// The number that an argument is (0 for what is none); `None` when it does not fit.
    #[inline]
    fn number(&self, argument: &Bound<'_, PyAny>) -> Option<u128> {
        match self {
            Self::Int(top) if argument.is_exact_instance_of::<PyInt>() => number(argument, *top),
            Self::Member(class, top) if argument.get_type().is(class) => number(argument, *top),
            Self::Bytes if argument.is_exact_instance_of::<PyBytes>() => Some(0),
            Self::Key(class) if argument.get_type().is(class) => Some(0),
            _ => None,
        }
    }
}

/// An int from 0 to `top`.
#[inline]
fn number(argument: &Bound<'_, PyAny>, top: u128) -> Option<u128> {
    // The interpreter reads signed numbers faster than unsigned ones; most are small.
    let number = match argument.extract::<i64>() {
        Ok(number) => u128::try_from(number).ok()?,
        Err(_) if top > i64::MAX.unsigned_abs().into() => argument.extract().ok()?,
        Err(_) => return None,
    };
    (number <= top).then_some(number)
}

/// A place as Python says it: argument, offset, size; last, second, end and tag of the domain.
type PlaceFields = (usize, usize, usize, u128, u128, i128, bool);

fn place((argument, offset, size, last, second, end, tag): PlaceFields) -> Place {
    let second = u128::try_from(end).ok().map(|end| (second, end));
    Place { argument, offset, size, domain: Domain { last, second, tag } }
}

/// What untouched messages hold: who made them, of what. Unpacks to form and arguments.
#[pyclass(module = "openflow._codec")]
pub(crate) struct Kept {
    form: Py<Form>,
    arguments: Py<PyTuple>,
    numbers: Vec<u128>,
}

#[pymethods]
impl Kept {
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let form = self.form.bind(py).try_borrow()?.twin.clone_ref(py);
        (form, self.arguments.clone_ref(py))
            .into_pyobject(py)?
            .into_any()
            .try_iter()
            .map(Bound::into_any)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.form)?;
        visit.call(&self.arguments)
    }
}

/// The messages of a template that differ in arguments only that its function does not look at.
#[pyclass(module = "openflow._codec")]
pub(crate) struct Form {
    /// Its counterpart in Python.
    twin: Py<PyAny>,
    /// The class of untouched messages.
    empty: Py<PyType>,
    kinds: Vec<Kind>,
    patterns: [Option<Pattern>; VERSIONS],
    /// Which argument follows the patterns.
    rest: Option<usize>,
    /// The message made last, and what it holds.
    spare: Option<(Py<PyAny>, Py<Kept>)>,
}

#[pymethods]
impl Form {
    /// `kinds` has each argument's class, the most that it may be if it is a number, and whether it varies.
    #[new]
    fn new(
        twin: Py<PyAny>,
        empty: &Bound<'_, PyType>,
        kinds: Vec<(Bound<'_, PyType>, Option<u128>, bool)>,
    ) -> Self {
        if !is_untouched(empty) {
            untouched().push(empty.clone().unbind());
        }
        let kinds = kinds.into_iter().map(|(class, top, varies)| Kind::new(class, top, varies));
        let kinds: Vec<Kind> = kinds.collect();
        let rest = kinds.iter().position(|kind| matches!(kind, Kind::Bytes));
        let empty = empty.clone().unbind();
        Self { twin, empty, kinds, patterns: Default::default(), rest, spare: None }
    }

    /// Have a version's pattern.
    fn add_pattern(
        &mut self,
        version: usize,
        frame: Vec<u8>,
        places: Vec<PlaceFields>,
    ) -> PyResult<()> {
        let pattern = Pattern::new(frame, places.into_iter().map(place).collect());
        let slot = self.patterns.get_mut(version);
        let (Some(slot), Some(pattern)) = (slot, pattern) else {
            return Err(PyValueError::new_err("a place outside of its message"));
        };
        *slot = Some(pattern);
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.twin)?;
        visit.call(&self.empty)?;
        if let Some((message, kept)) = &self.spare {
            visit.call(message)?;
            visit.call(kept)?;
        }
        Ok(())
    }

    fn __clear__(&mut self) {
        self.spare = None;
    }
}

/// Makes an untouched message; `None` when the arguments do not fit the form.
fn make<'py>(
    this: &Bound<'py, Form>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = this.py();
    let mut form = this.try_borrow_mut()?;
    if arguments.len() != form.kinds.len() {
        return Ok(None);
    }
    if let Some((message, kept)) = &form.spare {
        let message = message.bind(py);
        #[expect(deprecated, reason = "the other way to ask is unsafe")]
        let only_here = message.get_refcnt() == 1;
        if only_here && message.get_type().is(&form.empty) {
            let mut kept = kept.bind(py).try_borrow_mut()?;
            for ((number, kind), argument) in
                kept.numbers.iter_mut().zip(&form.kinds).zip(arguments.iter_borrowed())
            {
                match kind.number(&argument) {
                    Some(fitting) => *number = fitting,
                    None => return Ok(None),
                }
            }
            kept.arguments = arguments.clone().unbind();
            return Ok(Some(message.clone()));
        }
    }
    let fitting = form.kinds.iter().zip(arguments.iter_borrowed());
    let Some(numbers) = fitting.map(|(kind, argument)| kind.number(&argument)).collect() else {
        return Ok(None);
    };
    let kept = Kept { form: this.clone().unbind(), arguments: arguments.clone().unbind(), numbers };
    let kept = Bound::new(py, kept)?;
    let message = form.empty.bind(py).call0()?;
    message.setattr(intern!(py, "kept"), &kept)?;
    form.spare = Some((message.clone().unbind(), kept.unbind()));
    Ok(Some(message))
}

/// Appends the bytes of an untouched message; false when it is left to Python, and nothing appended.
///
/// `message` must be an untouched one: of a class that `is_untouched` knows.
pub(crate) fn encode(
    message: &Bound<'_, PyAny>,
    version: u8,
    xid: u32,
    out: &mut Vec<u8>,
) -> PyResult<bool> {
    let py = message.py();
    let kept = message.getattr(intern!(py, "kept"))?;
    let Ok(kept) = kept.cast::<Kept>() else {
        return Ok(false);
    };
    let kept = kept.try_borrow()?;
    let form = kept.form.bind(py).try_borrow()?;
    let Some(Some(pattern)) = form.patterns.get(usize::from(version)) else {
        return Ok(false);
    };
    let Some(place) = form.rest else {
        return Ok(pattern.fill(&kept.numbers, &[], xid, out));
    };
    let rest = kept.arguments.bind(py).get_borrowed_item(place)?;
    Ok(pattern.fill(&kept.numbers, rest.cast::<PyBytes>()?.as_bytes(), xid, out))
}

/// The forms for arguments of some types.
struct Shape {
    kinds: Vec<Py<PyType>>,
    /// Those by whose values the forms are found.
    keys: Vec<usize>,
    /// The forms by these values.
    forms: Py<PyDict>,
    /// The only form, when there are no keys.
    only: Option<Py<Form>>,
}

impl Shape {
    /// The form of the message with these arguments, if it has one, which is for `make` to check.
    fn form<'py>(&self, arguments: &Bound<'py, PyTuple>) -> Option<Bound<'py, Form>> {
        let py = arguments.py();
        if let Some(only) = &self.only {
            return Some(only.bind(py).clone());
        }
        let mut pairs = arguments.iter_borrowed().zip(&self.kinds);
        if arguments.len() != self.kinds.len()
            || !pairs.all(|(argument, kind)| argument.get_type().is(kind))
        {
            return None;
        }
        let key = self.keys.iter().map(|&place| arguments.get_borrowed_item(place));
        let key = PyTuple::new(py, key.collect::<PyResult<Vec<_>>>().ok()?).ok()?;
        self.forms.bind(py).get_item(key).ok()??.cast_into().ok()
    }
}

/// A function whose messages are made when somebody looks at them.
#[pyclass(dict, module = "openflow._codec")]
pub(crate) struct Template {
    /// Takes arguments and named arguments, for all that fits no form.
    other: Py<PyAny>,
    shapes: Vec<Shape>,
}

#[pymethods]
impl Template {
    #[new]
    const fn new(other: Py<PyAny>) -> Self {
        Self { other, shapes: Vec::new() }
    }

    /// Try these forms before calling into Python: for arguments of these types, by the values of those with these
    /// numbers; the only one must be there already.
    fn add(
        &mut self,
        kinds: Vec<Py<PyType>>,
        keys: Vec<usize>,
        forms: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let only = if keys.is_empty() { forms.get_item(PyTuple::empty(forms.py()))? } else { None };
        let only = only.map(|form| Ok::<_, PyErr>(form.cast_into()?.unbind())).transpose()?;
        self.shapes.push(Shape { kinds, keys, forms: forms.clone().unbind(), only });
        Ok(())
    }

    /// Forget these forms.
    fn discard(&mut self, forms: &Bound<'_, PyDict>) {
        self.shapes.retain(|shape| !shape.forms.is(forms));
    }

    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        this: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = this.py();
        let template = this.try_borrow()?;
        if named.is_none() {
            for shape in &template.shapes {
                let made = shape.form(arguments).map(|form| make(&form, arguments));
                if let Some(message) = made.transpose()?.flatten() {
                    return Ok(message);
                }
            }
        }
        let other = template.other.clone_ref(py);
        drop(template);
        let named = named.cloned().unwrap_or_else(|| PyDict::new(py));
        other.bind(py).call1((arguments, named))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.other)?;
        self.shapes.iter().try_for_each(|shape| visit.call(&shape.forms))
    }

    fn __clear__(&mut self) {
        self.shapes.clear();
    }
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
