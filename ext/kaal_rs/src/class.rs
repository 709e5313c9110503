//! The classes of wrapped values.

use magnus::{Class, Error, Module, RClass, RModule, Ruby, TypedData};

/// Defines the class of `T`, which has no `new` unless it is given one.
///
/// magnus looks a class up when the first value of it is wrapped, under a lock of its own, in a call that may
/// change threads: a second thread would then wait for that lock while it has Ruby's. So it is looked up
/// here, where there is one thread only.
pub fn define<T: TypedData>(ruby: &Ruby, module: RModule, name: &str) -> Result<RClass, Error> {
    let class = module.define_class(name, ruby.class_object())?;
    class.undef_default_alloc_func();
    T::class(ruby);
    Ok(class)
}
