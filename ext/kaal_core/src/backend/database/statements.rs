//! Work that is one call of an engine.

/// Defines work: `Name { what it needs } -> what it gives = method of the engine(arguments)`, and where that is
/// more than one statement that writes `in transaction if |work| condition`.
macro_rules! statements {
    ($engine:ident: $(
        $name:ident { $($field:ident: $type:ty),* } -> $output:ty = $method:ident($($argument:expr),*)
        $(, in transaction if $condition:expr)?;
    )*) => {$(
        struct $name {
            $($field: $type,)*
        }

        impl<E: $engine> Work<E> for $name {
            type Output = $output;

            $(fn in_transaction(&self) -> bool {
                let condition: fn(&Self) -> bool = $condition;
                condition(self)
            })?

            async fn run(
                &self,
                engine: &E,
                connection: &mut Connection<E>,
            ) -> std::result::Result<$output, Trouble> {
                let Self { $($field),* } = self;
                Ok(engine.$method(connection, $($argument),*).await?)
            }
        }
    )*};
}
pub(super) use statements;
