using Holdfast.Engine.Files;

namespace Holdfast.Engine.Manifest;

/// <summary>The name of an application that the program was started under, through a link: <c>netvantage backup</c>.</summary>
/// <param name="Name">As application names are: lower-case letters, digits and dashes.</param>
/// <param name="Folder">Absolute; where the user keeps manifests by the names of their applications, or null.</param>
public sealed record InvokedName(string Name, string? Folder)
{
    /// <summary>The launcher says here what it was started as.</summary>
    public const string Variable = "HOLDFAST_INVOKED_AS";

    /// <summary>The user says here where manifests are looked for by name.</summary>
    public const string FolderVariable = "HOLDFAST_MANIFESTS";

    private const string Own = "holdfast";

    /// <summary>Null when it was started under its own name, or under one that no application can have.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="currentFolder">For a relative folder.</param>
    public static InvokedName? From(Func<string, string?> variable, FilePath currentFolder)
    {
        if (variable(Variable) is not { Length: > 0 } name || name == Own || !name.All(IsOfNames)) return null;
        return new InvokedName(name, variable(FolderVariable) is { Length: > 0 } folder ? FilePath.Absolute(folder, currentFolder).ToString() : null);
    }

    private static bool IsOfNames(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-';
}
