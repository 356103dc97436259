namespace Holdfast.Restic.Backends.Locations;

/// <summary>A server that speaks restic's REST protocol.</summary>
/// <param name="Address">Without user information; its path ends with a slash.</param>
/// <param name="User">Null when the address has none.</param>
/// <param name="Password">Null when the address has none.</param>
public sealed record RestLocation(Uri Address, string? User, string? Password) : RepositoryLocation
{
    private const string Form = "write it as rest:https://HOST:PORT/PATH/, with USER:PASSWORD@ before the host where the server asks for them";

    protected override string Shown
    {
        get
        {
            var user = User is null ? string.Empty : Uri.EscapeDataString(User);
            var password = Password is null ? string.Empty : ":***";
            var userInfo = User is null && Password is null ? string.Empty : $"{user}{password}@";
            return $"rest:{Address.Scheme}://{userInfo}{Address.Authority}{Address.AbsolutePath}";
        }
    }

    internal static RestLocation FromAddress(string address)
    {
        if (address.StartsWith("http+unix:", StringComparison.Ordinal)) throw Wrong("REST over a Unix socket is not supported", Form);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw Wrong("what follows `rest:` is not an address of http or https", Form);
        if (!IsName(uri.Host) || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw Wrong("the address after `rest:` must be a host and a path, and no more", Form);
        var (user, password) = Credentials(uri.UserInfo);
        var bare = new UriBuilder(uri) { UserName = string.Empty, Password = string.Empty };
        if (!bare.Path.EndsWith('/')) bare.Path += "/";
        return new RestLocation(bare.Uri, user, password);
    }

    private static (string? User, string? Password) Credentials(string userInfo)
    {
        if (userInfo.Length == 0) return (null, null);
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? userInfo : userInfo[..colon]);
        // RFC 7617: a user's name has no colon, and neither has control characters.
        if (user.Contains(':', StringComparison.Ordinal)) throw Wrong("a user's name cannot hold a colon");
        return (user, colon < 0 ? null : Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }
}
