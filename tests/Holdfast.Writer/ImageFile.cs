using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Failures;

namespace Holdfast.Writer;

internal static class ImageFile
{
    public static async Task<int> WriteAsync(string path, string target)
    {
        try
        {
            await using var image = await SqliteImage.OpenAsync(path, new SqliteImageOptions(), CancellationToken.None);
            var bytes = new byte[image.Length];
            image.Read(0, bytes);
            await File.WriteAllBytesAsync(target, bytes);
            Console.WriteLine("ok");
            return 0;
        }
        catch (HoldfastException failure)
        {
            Console.WriteLine($"{failure.Kind}: {failure.Message}");
            return 1;
        }
    }
}
