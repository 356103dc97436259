namespace Holdfast.Engine.Manifest.Schema;

/// <summary>Programs to run, as a list of words or as one text.</summary>
internal static class CommandSchema
{
    /// <param name="description">What the program does.</param>
    /// <param name="example">A command line.</param>
    public static EitherElement Of(string description, string example) => new(
        description + " It is run without a shell.",
        new ListElement("The program and its arguments.", new TextElement("A word.", ManifestFormats.Word)) { Minimum = 1 },
        new TextElement(
            "The same as text: split at spaces; single or double quotes keep words together; nothing else is special.",
            ManifestFormats.CommandLine)
        {
            Examples = [example],
        })
    {
        Remedy = "write a list: [program, argument]",
    };

    /// <summary>Several programs, one after the other.</summary>
    public static ListElement Several(string description, string example) => new(description, Of("A program.", example))
    {
        Remedy = "write a list of programs: [[program, argument], \"program argument\"]",
    };

    /// <summary>A duration with its default.</summary>
    public static SchemaKey Duration(string name, string description, TimeSpan standard) => new(name, new TextElement(
        $"{description} Default: {DurationText.Write(standard)}.", ManifestFormats.Duration)
    {
        Examples = [DurationText.Write(standard)],
    });
}
