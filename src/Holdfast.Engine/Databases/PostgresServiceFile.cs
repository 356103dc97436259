using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Databases;

/// <summary>Reads a service file of libpq (PostgreSQL's documentation, 34.17).</summary>
public static class PostgresServiceFile
{
    private const int LargestFile = 1 << 20;

    /// <summary>What one of the files says about a service.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="files">Absolute; the first that knows the service counts.</param>
    /// <exception cref="HoldfastException">NotFound: none knows it. Usage: a line cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> Read(string service, IReadOnlyList<FilePath> files)
    {
        foreach (var file in files)
        {
            if (FileSystem.TryStatus(file, followLinks: true) is not { IsFile: true }) continue;
            if (Find(service, Encoding.UTF8.GetString(FileSystem.ReadAllBytes(file, LargestFile)), file) is { } settings) return settings;
        }

        throw new HoldfastException(
            FailureKind.NotFound,
            $"the service {Quoted.Text(service)} of PostgreSQL is not known",
            $"define it in {string.Join(" or ", files.Select(file => file.Display))}, or write the settings themselves");
    }

    private static Dictionary<string, string>? Find(string service, string text, FilePath file)
    {
        Dictionary<string, string>? settings = null;
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (line[0] == '[')
            {
                if (settings is not null) return settings;
                if (line == $"[{service}]") settings = new Dictionary<string, string>(StringComparer.Ordinal);
            }
            else if (settings is not null)
            {
                var equals = line.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0) throw new HoldfastException(FailureKind.Usage, $"line {number} of the service file \"{file.Display}\" is not NAME=VALUE");
                // As libpq does it, blanks around the equals sign are not allowed for; the first of two lines counts.
                settings.TryAdd(line[..equals], line[(equals + 1)..]);
            }
        }

        return settings;
    }
}
