using System.Net.Mail;
using System.Net.Sockets;

namespace Holdfast.Tests.Architecture;

/// <summary>Refers to one type in each of the ways that the scanner must see. It is only read, never run.</summary>
internal sealed class ScannerSpecimen
{
    private readonly List<HttpClient[]> _field = [];

    public int Parameter(FileInfo? parameter) => parameter is null ? _field.Count : 0;

    public bool Call() => Directory.Exists("/") && typeof(TimeZoneInfo).IsClass;

    public static object? AfterSwitch(int value) => value switch
    {
        0 => "zero",
        1 => "one",
        2 => 2,
        3 => 3L,
        4 => new System.Text.StringBuilder(),
        _ => new System.Net.CookieContainer(),
    };

    public IEnumerable<Func<bool>> Iterator()
    {
        yield return () =>
        {
            using var local = new Socket(SocketType.Stream, ProtocolType.Tcp);
            return local.Connected;
        };
    }

    public async Task<int> CatchAsync()
    {
        try
        {
            await Task.Yield();
            return 1;
        }
        catch (SmtpException)
        {
            return 0;
        }
    }
}
