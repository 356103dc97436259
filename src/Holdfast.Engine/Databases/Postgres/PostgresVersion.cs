using System.Globalization;

namespace Holdfast.Engine.Databases.Postgres;

/// <summary>A version of PostgreSQL, from 10 on: a major number, which decides about formats, and a minor one.</summary>
/// <param name="Number">As <c>server_version_num</c> has it: 150018 for 15.18.</param>
public readonly record struct PostgresVersion(int Number)
{
    private const int MajorUnit = 10_000;

    public int Major => Number / MajorUnit;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number / MajorUnit}.{Number % MajorUnit}");

    /// <summary>The major version in what a program answers to <c>--version</c>: <c>pg_dump (PostgreSQL) 15.18 (Debian …)</c>; null for anything else.</summary>
    public static int? MajorOf(string answer)
    {
        const string Before = "(PostgreSQL) ";
        if (answer.IndexOf(Before, StringComparison.Ordinal) is not (var at and >= 0)) return null;
        var digits = answer[(at + Before.Length)..].TakeWhile(char.IsAsciiDigit).ToArray();
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
