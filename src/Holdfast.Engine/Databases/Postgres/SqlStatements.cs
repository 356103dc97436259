using System.Text;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>Cuts a script into its statements, as pg_dumpall writes them: quoted names and texts, and comments of one line.</summary>
internal static class SqlStatements
{
    /// <summary>The statements without the semicolon; comments and psql's own commands, which begin with a backslash, are left out.</summary>
    internal static IEnumerable<string> In(string script)
    {
        var statement = new StringBuilder();
        for (var at = 0; at < script.Length;)
        {
            var end = EndOfPart(script, at);
            var part = script[at..end];
            at = end;
            if (part == ";")
            {
                if (Taken(statement) is { Length: > 0 } whole) yield return whole;
            }
            else if (!IsRemark(part) && !(part[0] == '\\' && IsBlank(statement))) statement.Append(part);
        }

        if (Taken(statement) is { Length: > 0 } last) yield return last;
    }

    private static bool IsRemark(string part) => part.StartsWith("--", StringComparison.Ordinal);

    private static bool IsBlank(StringBuilder text) => text.ToString().AsSpan().IsWhiteSpace();

    private static string Taken(StringBuilder statement)
    {
        var text = statement.ToString().Trim();
        statement.Clear();
        return text;
    }

    private static int EndOfPart(string script, int at)
    {
        var here = script[at];
        if (here is '\'' or '"') return EndOfQuoted(script, at, hasEscapes: here == '\'' && at > 0 && script[at - 1] is 'E' or 'e');
        var isLine = here == '\\' || (here == '-' && at + 1 < script.Length && script[at + 1] == '-');
        if (!isLine) return at + 1;
        return script.IndexOf('\n', at) is var end and >= 0 ? end : script.Length;
    }

    // A quote that is doubled begins a second part, which comes to the same.
    private static int EndOfQuoted(string script, int at, bool hasEscapes)
    {
        for (var place = at + 1; place < script.Length; place++)
        {
            if (hasEscapes && script[place] == '\\') place++;
            else if (script[place] == script[at]) return place + 1;
        }

        return script.Length;
    }
}
