using System.Globalization;
using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;

namespace Holdfast.Writer;

internal static class SqlSession
{
    public static int Run(string path)
    {
        using var connection = SqliteConnections.OpenOrCreate(path);
        while (Console.ReadLine() is { } sql)
        {
            try
            {
                Console.WriteLine(Convert.ToString(connection.Scalar(sql), CultureInfo.InvariantCulture));
            }
            catch (SqliteException failure)
            {
                Console.WriteLine("error: " + failure.Message);
            }
        }

        return 0;
    }
}
