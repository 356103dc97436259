using Amazon.Runtime.CredentialManagement;
using Holdfast.Restic.Failures;

namespace Holdfast.Restic.Backends.S3;

/// <summary>What the variables of the AWS tools and their shared credentials file say, where the options do not.</summary>
public static class S3Environment
{
    private const string HowToGiveKeys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE for a profile in ~/.aws/credentials";

    /// <summary>
    /// The options with credentials, region and certificates filled in: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, else
    /// the profile AWS_PROFILE of AWS_SHARED_CREDENTIALS_FILE; AWS_DEFAULT_REGION, AWS_REGION; AWS_CA_BUNDLE.
    /// </summary>
    /// <param name="options">What they say is not changed.</param>
    /// <param name="variable">The value of a variable of the environment, or null.</param>
    /// <exception cref="HoldfastException">Usage: there are no credentials, or only half of them.</exception>
    public static S3Options Apply(S3Options options, Func<string, string?> variable)
    {
        var profile = options.Credentials is null && FromVariables(variable) is null ? ReadProfile(variable) : null;
        return options with
        {
            Credentials = options.Credentials ?? FromVariables(variable) ?? FromProfile(profile!),
            Region = options.Region ?? Value(variable, "AWS_DEFAULT_REGION") ?? Value(variable, "AWS_REGION") ?? profile?.Region?.SystemName,
            CertificateAuthorityFile = options.CertificateAuthorityFile ?? Value(variable, "AWS_CA_BUNDLE"),
        };
    }

    private static S3Credentials? FromVariables(Func<string, string?> variable)
    {
        var (id, secret) = (Value(variable, "AWS_ACCESS_KEY_ID"), Value(variable, "AWS_SECRET_ACCESS_KEY"));
        if (id is null && secret is null) return null;
        if (id is not null && secret is not null) return new S3Credentials(id, secret, Value(variable, "AWS_SESSION_TOKEN"));
        throw new HoldfastException(
            FailureKind.Usage,
            $"{(id is null ? "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID" : "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY")} is not",
            "set both, or neither to use a profile of the shared credentials file");
    }

    private static CredentialProfile ReadProfile(Func<string, string?> variable)
    {
        var chosen = Value(variable, "AWS_PROFILE") ?? Value(variable, "AWS_DEFAULT_PROFILE");
        var file = Value(variable, "AWS_SHARED_CREDENTIALS_FILE")
            ?? Path.Combine(Value(variable, "HOME") ?? "/", ".aws", "credentials");
        if (Find(file, chosen ?? "default") is { } profile) return profile;
        throw new HoldfastException(
            FailureKind.Usage,
            chosen is null
                ? "there are no credentials for the S3 service"
                : $"there is no profile {Quoted.Text(chosen)} in {Quoted.Text(file)}",
            HowToGiveKeys);
    }

    private static CredentialProfile? Find(string file, string name)
    {
        try
        {
            return new SharedCredentialsFile(file).TryGetProfile(name, out var profile) ? profile : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new HoldfastException(
                FailureKind.Usage, $"the credentials file {Quoted.Text(file)} cannot be read", "check its owner, mode and syntax", e);
        }
    }

    private static S3Credentials FromProfile(CredentialProfile profile)
    {
        var keys = profile.Options;
        if (!string.IsNullOrEmpty(keys.AccessKey) && !string.IsNullOrEmpty(keys.SecretKey))
        {
            return new S3Credentials(keys.AccessKey, keys.SecretKey, string.IsNullOrEmpty(keys.Token) ? null : keys.Token);
        }

        throw new HoldfastException(
            FailureKind.Usage,
            $"the profile {Quoted.Text(profile.Name)} has no access key; roles, processes and single sign-on are not supported",
            HowToGiveKeys);
    }

    private static string? Value(Func<string, string?> variable, string name) =>
        variable(name) is { } value && value.Trim() is { Length: > 0 } trimmed ? trimmed : null;
}
