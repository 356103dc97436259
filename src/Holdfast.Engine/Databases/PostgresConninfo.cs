using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases;

/// <summary>
/// Reads connection strings of libpq in both of their forms: <c>host=… dbname='…'</c> and <c>postgresql://user@host:port/dbname?key=value</c>
/// (PostgreSQL's documentation, 34.1.1).
/// </summary>
public static class PostgresConninfo
{
    private static readonly string[] _schemes = ["postgresql://", "postgres://"];

    /// <returns>The settings under libpq's names, in the order of the text; the last of two with one name counts.</returns>
    /// <exception cref="HoldfastException">Usage: no such text.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var scheme = _schemes.FirstOrDefault(scheme => text.StartsWith(scheme, StringComparison.Ordinal));
        return scheme is null ? Keywords(text) : Address(text[scheme.Length..]);
    }

    private static Dictionary<string, string> Keywords(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var at = 0;
        while (true)
        {
            at = PassBlanks(text, at);
            if (at == text.Length) return settings;
            var equals = text.IndexOf('=', at);
            if (equals < 0) throw Wrong($"{Quoted.Text(text[at..])} has no '='; write host=NAME dbname=NAME");
            var name = text[at..equals].Trim();
            if (name.Length == 0 || name.Any(char.IsWhiteSpace)) throw Wrong($"{Quoted.Text(name)} is no keyword; write host=NAME dbname=NAME");
            (settings[name], at) = Value(text, PassBlanks(text, equals + 1));
        }
    }

    private static (string Value, int End) Value(string text, int at)
    {
        var value = new StringBuilder();
        var isQuoted = at < text.Length && text[at] == '\'';
        if (isQuoted) at++;
        for (; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            else if (isQuoted && text[at] == '\'') return (value.ToString(), at + 1);
            else if (!isQuoted && char.IsWhiteSpace(text[at])) break;
            value.Append(text[at]);
        }

        return isQuoted ? throw Wrong("a quote is not closed") : (value.ToString(), at);
    }

    private static int PassBlanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    private static Dictionary<string, string> Address(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var (before, query) = Split(text, '?');
        var (authority, database) = Split(before, '/');
        if (authority.LastIndexOf('@') is var sign and >= 0)
        {
            var (user, password) = Split(authority[..sign], ':');
            Set(settings, "user", user);
            Set(settings, "password", password);
            authority = authority[(sign + 1)..];
        }

        // An IPv6 address stands in brackets, because it has colons of its own.
        var bracket = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : -1;
        var (host, port) = bracket > 0 ? (authority[1..bracket], authority[(bracket + 1)..].TrimStart(':')) : Split(authority, ':');
        Set(settings, "host", host);
        Set(settings, "port", port);
        Set(settings, "dbname", database);
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Split(pair, '=');
            if (!pair.Contains('=', StringComparison.Ordinal)) throw Wrong($"the parameter {Quoted.Text(name)} has no value");
            settings[Decode(name)] = Decode(value);
        }

        return settings;
    }

    private static void Set(Dictionary<string, string> settings, string name, string value)
    {
        if (value.Length > 0) settings[name] = Decode(value);
    }

    private static (string Before, string After) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, string.Empty);

    private static string Decode(string text)
    {
        var decoded = Uri.UnescapeDataString(text);
        return decoded.Contains('\0', StringComparison.Ordinal) ? throw Wrong("it holds a zero character") : decoded;
    }

    private static HoldfastException Wrong(string why) => new(FailureKind.Usage, $"the connection string cannot be read: {why}");
}
