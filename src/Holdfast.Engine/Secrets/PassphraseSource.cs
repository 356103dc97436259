namespace Holdfast.Engine.Secrets;

/// <summary>Where a passphrase comes from. None of the forms prints a secret.</summary>
public abstract record PassphraseSource
{
    private PassphraseSource()
    {
    }

    /// <summary>What is changed there is changed for the other, too.</summary>
    public bool IsSameAs(PassphraseSource? other) => this is Command(var words) && other is Command(var others) ? words.SequenceEqual(others, StringComparer.Ordinal) : Equals(other);

    /// <param name="Name">The variable.</param>
    public sealed record EnvironmentVariable(string Name) : PassphraseSource;

    /// <param name="Path">Absolute.</param>
    public sealed record SecretFile(string Path) : PassphraseSource;

    /// <param name="Arguments">The program and its arguments, run without a shell.</param>
    public sealed record Command(IReadOnlyList<string> Arguments) : PassphraseSource;

    /// <summary>Bytes that are there already: typed at a prompt, or made by a test.</summary>
    public sealed record Literal(ReadOnlyMemory<byte> Bytes) : PassphraseSource
    {
        public override string ToString() => nameof(Literal);
    }
}
