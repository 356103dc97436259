using System.Globalization;

namespace Holdfast.Restic.Backends.Locations;

/// <summary>A folder of another machine, reached through ssh.</summary>
/// <param name="Host">A host's name, or one that only the settings of ssh know.</param>
/// <param name="User">Null leaves it to ssh.</param>
/// <param name="Port">Null leaves it to ssh.</param>
/// <param name="Path">A path without a leading slash begins in the folder where the server lets the user in.</param>
public sealed record SftpLocation(string Host, string? User, int? Port, string Path) : RepositoryLocation
{
    private const string Form = "write it as sftp:USER@HOST:/PATH, or as sftp://USER@HOST:PORT//PATH";

    protected override string Shown
    {
        get
        {
            var user = User is null ? string.Empty : User + "@";
            if (Port is null && !Host.Contains(':', StringComparison.Ordinal) && (User is not null || !MayHoldPassword(Path))) return $"sftp:{user}{Host}:{Path}";
            var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            var port = Port is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $":{Port}");
            var escaped = User is null ? string.Empty : Uri.EscapeDataString(User) + "@";
            return $"sftp://{escaped}{host}{port}/{Uri.EscapeDataString(Path).Replace("%2F", "/", StringComparison.Ordinal)}";
        }
    }

    internal static SftpLocation FromText(string text)
    {
        var location = text.StartsWith("sftp://", StringComparison.Ordinal) ? ParseAddress(text) : ParseShort(text["sftp:".Length..]);
        if (!IsName(location.Host) || location.Host.Contains('/', StringComparison.Ordinal) || location.User is { } user && !IsUser(user))
            throw Wrong("the host or the user of the sftp address begins with a dash, is empty, or holds characters that no such name has", Form);
        if (location.Path.StartsWith('~'))
            throw Wrong("a path of sftp cannot begin with a tilde, which only a shell understands", "leave `~/` away: a path without a leading slash begins in the home folder");
        return location;
    }

    private static bool IsUser(string text) => IsName(text) && !text.AsSpan().ContainsAny(':', '/');

    // The way of scp: the first colon ends the host; the user is what stands before its last @.
    private static SftpLocation ParseShort(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) throw Wrong("the sftp address has no host or no path", Form);
        var (login, path) = (text[..colon], text[(colon + 1)..]);
        var at = login.LastIndexOf('@');
        // USER:PASSWORD@HOST:PATH, taken for a host and a path, would be shown as it is.
        if (at < 0 && MayHoldPassword(path))
            throw Wrong("ssh takes no password from an address", "use a key, or let ssh ask: sftp:USER@HOST:/PATH; a path with an @ in it is written sftp:HOST:./PATH");
        return new SftpLocation(login[(at + 1)..], at < 0 ? null : login[..at], null, Clean(path));
    }

    private static bool MayHoldPassword(string path) =>
        !path.StartsWith('/') && !path.StartsWith("./", StringComparison.Ordinal) && path.Contains('@', StringComparison.Ordinal);

    // The path is what follows the slash after the host: two slashes make it absolute. Taken from the text: Uri would join slashes and dots.
    private static SftpLocation ParseAddress(string text)
    {
        var rest = text["sftp://".Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) throw Wrong("the sftp address has no path", Form);
        var (authority, path) = (rest[..slash], Uri.UnescapeDataString(rest[(slash + 1)..]));
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? null : authority[..at];
        if (user?.Contains(':', StringComparison.Ordinal) == true)
            throw Wrong("ssh takes no password from an address", "use a key, or let ssh ask: sftp://USER@HOST:PORT//PATH");
        var (host, port) = HostAndPort(authority[(at + 1)..]);
        return new SftpLocation(host, user is null ? null : Uri.UnescapeDataString(user), port, Clean(path));
    }

    private static (string Host, int? Port) HostAndPort(string text)
    {
        var (host, port) = (text, string.Empty);
        var isAddress = text.StartsWith('[') && text.Contains(']', StringComparison.Ordinal);
        var end = isAddress ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (end >= 0 && end < text.Length)
        {
            (host, port) = (text[..end], text[(end + 1)..]);
            if (text[end] != ':') throw Wrong("the host of the sftp address is not understood", Form);
        }

        if (isAddress) host = host[1..^1];
        if (port.Length == 0) return (host, null);
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? (host, number)
            : throw Wrong("the port of the sftp address is not a number from 1 to 65535", Form);
    }

    // As restic cleans it: no doubled slashes, no dots, no slash at the end.
    private static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is "..") GoUp(parts, path.StartsWith('/'));
            else if (part is not ".") parts.Add(part);
        }

        var joined = string.Join('/', parts);
        if (path.StartsWith('/')) return "/" + joined;
        return joined.Length == 0 ? "." : joined;
    }

    private static void GoUp(List<string> parts, bool isAbsolute)
    {
        if (parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
        else if (!isAbsolute) parts.Add("..");
    }
}
