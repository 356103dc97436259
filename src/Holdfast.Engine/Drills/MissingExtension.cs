using Holdfast.Engine.Files;

namespace Holdfast.Engine.Drills;

/// <summary>What a drill says about the extensions of PostgreSQL that a database uses.</summary>
internal static class MissingExtension
{
    internal static string Words(int major, string extension) =>
        $"the PostgreSQL {major} of this machine lacks the extension {PrintableName.Escape(extension)}, which the database uses: install it";

    internal static string List(IEnumerable<string> extensions) => string.Join(", ", extensions.Order(StringComparer.Ordinal).Select(PrintableName.Escape));
}
