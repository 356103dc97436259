namespace Holdfast.Engine.Manifest;

/// <summary>Where the application's version is to be had.</summary>
public abstract record VersionDeclaration
{
    private VersionDeclaration()
    {
    }

    public sealed record Literal(string Text) : VersionDeclaration;

    /// <param name="Path">Absolute; its first line is the version.</param>
    public sealed record InFile(string Path) : VersionDeclaration;

    /// <param name="Arguments">A program that prints it, with its arguments; run without a shell in the application's root.</param>
    public sealed record Command(IReadOnlyList<string> Arguments) : VersionDeclaration;
}
