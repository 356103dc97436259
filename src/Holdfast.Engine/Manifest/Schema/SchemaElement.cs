namespace Holdfast.Engine.Manifest.Schema;

/// <summary>What may stand at a place of the manifest. Validation, JSON Schema and reference page all come from these.</summary>
/// <param name="Description">Full sentences for the reference page and for editors.</param>
internal abstract record SchemaElement(string Description)
{
    /// <summary>For messages: "expected <c>a mapping</c>".</summary>
    public abstract string Kind { get; }

    /// <summary>What to write instead when something else stands here; null for nothing better than the kind.</summary>
    public string? Remedy { get; init; }
}

internal sealed record TextElement(string Description, TextFormat Format) : SchemaElement(Description)
{
    public override string Kind => "text";

    public IReadOnlyList<string> Examples { get; init; } = [];
}

internal sealed record ListElement(string Description, SchemaElement Items) : SchemaElement(Description)
{
    public override string Kind => "a list";

    public int Minimum { get; init; }
}

/// <summary>A mapping whose keys are names that the user chooses.</summary>
internal sealed record MapElement(string Description, SchemaElement Values) : SchemaElement(Description)
{
    public override string Kind => "a mapping";

    public int Minimum { get; init; }

    /// <summary>What the keys must be; it has a pattern.</summary>
    public TextFormat Names { get; init; } = ManifestFormats.Name;
}

/// <summary>A mapping with known keys.</summary>
internal sealed record ObjectElement(string Description, IReadOnlyList<SchemaKey> Keys) : SchemaElement(Description)
{
    public override string Kind => "a mapping";

    /// <summary>Exactly one of these keys must be there; empty for no such rule.</summary>
    public IReadOnlyList<string> ExactlyOneOf { get; init; } = [];

    /// <summary>At least one of these keys must be there; empty for no such rule.</summary>
    public IReadOnlyList<string> NeedsOneOf { get; init; } = [];
}

/// <summary>A list or a mapping, or a text that stands for one.</summary>
internal sealed record EitherElement(string Description, SchemaElement Full, TextElement Text) : SchemaElement(Description)
{
    public override string Kind => Full.Kind + " or text";
}

internal sealed record SchemaKey(string Name, SchemaElement Element)
{
    public bool IsRequired { get; init; }

    /// <summary>Another key that must be there when this one is; null for none.</summary>
    public string? Needs { get; init; }

    /// <summary>Keys of which one must be there when this one is; empty for no such rule.</summary>
    public IReadOnlyList<string> NeedsOneOf { get; init; } = [];

    /// <summary>What to do where the key needs another that is not there; null for nothing but to add it.</summary>
    public string? Remedy { get; init; }
}

/// <summary>A rule for text.</summary>
/// <param name="Words">What the text is, for the reference page: "a path below the root".</param>
/// <param name="Pattern">A regular expression for the whole text, understood alike by .NET and ECMA-262; null for none.</param>
/// <param name="Problem">What is wrong with a text, as the end of a sentence that starts with it; null when nothing is.</param>
internal sealed record TextFormat(string Words, string? Pattern, Func<string, string?> Problem)
{
    /// <summary>What editors take such text for, as types of JSON Schema.</summary>
    public IReadOnlyList<string> JsonTypes { get; init; } = ["string"];

    /// <summary>What stands here may hold a secret although it must not: messages do not repeat it.</summary>
    public bool MayHoldSecret { get; init; }

    /// <summary>The only texts that fit; empty when there are more than can be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}
